import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';

import { absolutePath, type AbsolutePath } from '../policy';

/** @param searched the variable PATH */
export function findProgram(name: string, searched: string | undefined): AbsolutePath | undefined {
  const directories = (searched ?? '').split(':').filter((directory) => directory.startsWith('/'));
  const found = directories.map((directory) => join(directory, name)).find(isProgram);
  return found === undefined ? undefined : absolutePath(found);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
