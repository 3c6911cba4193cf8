import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs';

import { absolutePath, MAX_POLICY_CHARACTERS, type PolicyText } from '../policy';

/** UTF-8 needs at most three bytes for a UTF-16 code unit. */
const MAX_BYTES = 3 * MAX_POLICY_CHARACTERS;

/** A file that a policy extends. What its path leads to was chosen by whoever wrote the policy: nothing here may block. */
export function readExtendedPolicy(path: string): PolicyText | { readonly error: string } {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const found = fstatSync(descriptor);
    if (!found.isFile()) return { error: 'is not a regular file' };
    if (found.size > MAX_BYTES) return { error: 'is too large for a policy' };
    return { path: absolutePath(realpathSync(path)), text: readFileSync(descriptor, 'utf8') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return { error: code === 'ENOENT' ? 'does not exist' : `could not be read (${code})` };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
