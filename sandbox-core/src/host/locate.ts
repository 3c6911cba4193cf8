import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

import { bubblewrapMissing, helperMissing } from '../errors';
import { absolutePath, type AbsolutePath } from '../policy';

/**
 * Directories that only the administrator can write, in which bubblewrap is looked for. PATH is not: a writable directory
 * in it could offer another bwrap. /usr/bin comes first, as AppArmor's exception on Ubuntu is for that path.
 */
const SYSTEM_DIRECTORIES = ['/usr/bin', '/bin', '/usr/local/bin', '/run/current-system/sw/bin'];

/** @param configured srt: bwrapPath, absolute */
export function locateBubblewrap(configured: string | undefined): AbsolutePath {
  const candidates = configured === undefined ? SYSTEM_DIRECTORIES.map((directory) => join(directory, 'bwrap')) : [configured];
  const found = candidates.find(isExecutable);
  if (found === undefined) throw bubblewrapMissing(configured === undefined ? SYSTEM_DIRECTORIES : [configured]);
  return absolutePath(found);
}

/** srt-helper lies beside the bundled files, where a checkout or a package builds it, or comes with the package for some processors. */
export function locateHelper(): AbsolutePath {
  const built = join('native', 'build', 'srt-helper');
  const candidates = [join(__dirname, 'srt-helper'), join(__dirname, '..', '..', built), join(__dirname, '..', built), join(__dirname, '..', 'native', 'prebuilt', `${process.platform}-${process.arch}`, 'srt-helper')];
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined) throw helperMissing(candidates[__filename.endsWith('locate.js') ? 1 : 2] ?? '');
  return absolutePath(realpathSync(found));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
