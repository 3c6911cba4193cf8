import { readdirSync, type Dirent } from 'node:fs';

import type { ThrowawayLayer } from '../host/facts';
import { joinPath, type AbsolutePath, type WrittenPath } from '../policy';

/** A command that unpacks a large archive: beyond, the directory stands for what is in it. */
const MAX_WRITTEN = 20_000;

/** What a command left in a throw-away layer: its files, what it removed, and directories that nothing is left in. */
export function writtenInLayer({ directory, upper }: ThrowawayLayer, ignored: readonly AbsolutePath[]): WrittenPath[] {
  const found: WrittenPath[] = [];
  const walk = (at: AbsolutePath, name: AbsolutePath): void => {
    const entries = entriesOf(at);
    if ((entries.length === 0 && name !== directory) || found.length >= MAX_WRITTEN) return void found.push({ path: name, kind: 'directory' });
    for (const entry of entries) {
      const path = joinPath(name, entry.name);
      if (ignored.includes(path)) continue;
      if (entry.isDirectory()) walk(joinPath(at, entry.name), path);
      else found.push({ path, kind: entry.isCharacterDevice() ? 'removed' : 'file' }); // overlayfs: a whiteout is a device of number 0
    }
  };
  walk(upper, directory);
  return found;
}

function entriesOf(directory: AbsolutePath): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return []; // closed to its own user, or gone
  }
}
