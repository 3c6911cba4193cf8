import { lstatSync, readdirSync, type Dirent } from 'node:fs';

import { joinPath, type AbsolutePath } from '../policy';

/**
 * Whether anything at a path or below was made, changed or removed since, by whomever. Undefined: there is more than may be looked at.
 *
 * @param milliseconds of Date.now(); files' times lag behind it by up to 10 ms
 * @param maximum of files and directories
 */
export function isChangedSince(path: AbsolutePath, milliseconds: number, maximum: number): boolean | undefined {
  if (isNewer(path, milliseconds)) return true;
  const pending: AbsolutePath[] = [path];
  let looked = 0;
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const entry of entriesOf(at)) {
      if (++looked > maximum) return undefined;
      const below = joinPath(at, entry.name);
      if (isNewer(below, milliseconds)) return true;
      if (entry.isDirectory()) pending.push(below);
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
    return []; // a file, closed to its own user, or gone
  }
}
