import { existsSync } from 'node:fs';
import { homedir } from 'node:os';

import { absolutePath, type FixPlace } from 'sandbox-core/policy';

import type { PolicyChoice } from './policy-choice';

/** What fixes of violations have to know of this machine. */
export function fixPlaceOf({ directory }: PolicyChoice): FixPlace {
  return { base: absolutePath(directory), home: absolutePath(homedir()), exists: existsSync };
}
