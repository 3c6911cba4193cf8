import { lstatSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';

import { absolutePath, type AbsolutePath, type FixPlace } from '../policy';
import { homeDirectory } from './home-directory';

/**
 * What fixes of violations have to know of this machine.
 *
 * @param directory where the command ran
 */
export function fixPlace(directory: string): FixPlace {
  return { base: canonical(directory), home: canonical(homeDirectory()), exists };
}

function canonical(path: string): AbsolutePath {
  try {
    return absolutePath(realpathSync(path));
  } catch {
    return absolutePath(resolve(path));
  }
}

function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true; // closed to us, or below a file: nothing could be made there
  }
}
