import { lstatSync, readdirSync, type Dirent } from 'node:fs';

import type { ThrowawayLayer } from '../host/facts';
import { joinPath, type AbsolutePath, type WrittenPath } from '../policy';

/** A command that unpacks a large archive: beyond, the directory stands for what is in it. */
const MAX_WRITTEN = 20_000;
/** Of a project; beyond, it is taken to be changed. */
const MAX_LOOKED_AT = 200_000;

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

/** Whether anything below a directory was made, changed or removed since. */
export function isChangedSince(directory: AbsolutePath, milliseconds: number): boolean {
  const pending: AbsolutePath[] = [directory];
  let looked = 0;
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (isNewer(at, milliseconds)) return true;
    for (const entry of entriesOf(at)) {
      if (++looked > MAX_LOOKED_AT) return true;
      const path = joinPath(at, entry.name);
      if (entry.isDirectory()) pending.push(path);
      else if (isNewer(path, milliseconds)) return true;
    }
  }
  return false;
}

/** The time of change of the inode: no program can set it. */
function isNewer(path: AbsolutePath, milliseconds: number): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found !== undefined && found.ctimeMs > milliseconds;
}

function entriesOf(directory: AbsolutePath): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return []; // closed to its own user, or gone
  }
}
