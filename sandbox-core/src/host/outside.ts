import { accessSync, constants, lstatSync } from 'node:fs';
import { dirname } from 'node:path';

/** Keep in step with `needs` of native/src/path_reports.h: the bits of access(2), and this one. */
const NEEDS_PLACE = 8;
const NEEDS_ACCESS = constants.R_OK | constants.W_OK | constants.X_OK;
/** It is not there, or nothing that this user could get at. */
const FAILS_BY_ITSELF: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG']);

/**
 * Whether a call would have come to something outside of the sandbox. What cannot be told counts as if it would. Nothing is
 * opened: the path is whatever a program inside has named.
 *
 * @param path as the program's bytes, which need not be text
 * @param needs what has to be so for it
 */
export function wouldComeToSomething(path: Buffer, needs: number): boolean {
  const access = needs & NEEDS_ACCESS;
  if (access === 0 ? isThere(path) : canBe(() => accessSync(path, access))) return true;
  return (needs & NEEDS_PLACE) !== 0 && !isThere(path) && isThere(directoryOf(path));
}

function directoryOf(path: Buffer): Buffer {
  return Buffer.from(dirname(path.toString('latin1')), 'latin1');
}

function isThere(path: Buffer): boolean {
  return canBe(() => lstatSync(path));
}

function canBe(look: () => unknown): boolean {
  try {
    look();
    return true;
  } catch (error) {
    return !FAILS_BY_ITSELF.has((error as NodeJS.ErrnoException).code);
  }
}
