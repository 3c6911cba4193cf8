import { lstatSync, readdirSync, type Dirent } from 'node:fs';

import type { ThrowawayLayer } from '../host/facts';
import { joinPath, type AbsolutePath, type WrittenPath } from '../policy';

/** A command that unpacks a large archive: beyond, the directory stands for what is in it. */
const MAX_WRITTEN = 20_000;

/**
 * What a command left in a throw-away layer: its files, what it removed, and directories that nothing is left in.
 *
 * @param since when the command was started, milliseconds of Date.now()
 */
export function writtenInLayer({ directory, upper }: ThrowawayLayer, ignored: readonly AbsolutePath[], since: number): WrittenPath[] {
  const found: WrittenPath[] = [];
  const walk = (at: AbsolutePath, name: AbsolutePath): void => {
    const entries = entriesOf(at);
    if ((entries.length === 0 && name !== directory) || found.length >= MAX_WRITTEN) return void found.push({ path: name, kind: 'directory' });
    const namesChanged = changeOfNames(at);
    for (const entry of entries) {
      const path = joinPath(name, entry.name);
      if (ignored.includes(path)) continue;
      if (entry.isDirectory()) walk(joinPath(at, entry.name), path);
      else if (entry.isCharacterDevice()) found.push({ path, kind: 'removed' }); // overlayfs: a whiteout is a device of number 0
      else found.push({ path, kind: namesChanged > since && namesChanged >= bornAt(joinPath(at, entry.name)) ? 'made' : 'file' });
    }
  };
  walk(upper, directory);
  return found;
}

/**
 * When a name was last made, removed or put in place of another in a directory. overlayfs leaves that time as it was where it
 * copies a file that is only written to.
 */
function changeOfNames(directory: AbsolutePath): number {
  return lstatSync(directory, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Of a file that was copied, when it was first written to: later than the last change of names, if that is not how it came. */
function bornAt(file: AbsolutePath): number {
  return lstatSync(file, { throwIfNoEntry: false })?.birthtimeMs ?? 0;
}

function entriesOf(directory: AbsolutePath): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return []; // closed to its own user, or gone
  }
}
