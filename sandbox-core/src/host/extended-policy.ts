import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, realpathSync } from 'node:fs';

import { absolutePath, MAX_POLICY_CHARACTERS, type PolicyText } from '../policy';

/** UTF-8 needs at most three bytes for a UTF-16 code unit. */
const MAX_BYTES = 3 * MAX_POLICY_CHARACTERS;
const CHUNK_BYTES = 65_536;
/** Opens at once whatever the path leads to. */
export const OPEN_AT_ONCE = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** A file that a policy extends. What its path leads to was chosen by whoever wrote the policy: nothing here may block. */
export function readExtendedPolicy(path: string): PolicyText | { readonly error: string } {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, OPEN_AT_ONCE);
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

/** A policy's text from a pipe or a device, which may have no end: of one that is too large no more than it takes to see that. */
export function readBounded(descriptor: number): string {
  const chunks: Buffer[] = [];
  for (let length = 0; length <= MAX_BYTES; ) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const read = readSync(descriptor, chunk);
    if (read === 0) break;
    length += read;
    chunks.push(chunk.subarray(0, read));
  }
  return Buffer.concat(chunks).toString('utf8');
}
