import { accessSync, constants, lstatSync } from 'node:fs';
import { dirname } from 'node:path';

/** Keep in step with `needs` of native/src/path_reports.h: the bits of access(2), and this one. */
const NEEDS_PLACE = 8;
/** Only asked here: changing a mode or a time is for the owner. */
const NEEDS_OWNER = 16;
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
  if ((needs & NEEDS_OWNER) !== 0) return isOwn(path);
  if (access === 0 ? isThere(path) : canBe(() => accessSync(path, access))) return true;
  return (needs & NEEDS_PLACE) !== 0 && !isThere(path) && isThere(directoryOf(path));
}

/**
 * The same of a change to a path whose name is held: whether this user could have made it.
 *
 * @param isSo `wouldComeToSomething`, or what takes its place
 * @param operation as native/src/supervisor.c calls it; of a move, it is not told which of its names counts
 */
export function wouldChangeSomething(path: string, operation: string, isSo: (path: Buffer, needs: number) => boolean): boolean {
  const at = Buffer.from(path);
  const directory = directoryOf(at);
  // What is in a layer alone (launch/layers.ts), or in the sandbox's own /tmp, cannot be asked about here.
  const mayChangeDirectory = (): boolean => !isSo(directory, 0) || isSo(directory, constants.W_OK | constants.X_OK);
  if (operation === 'remove') return mayChangeDirectory();
  if (operation === 'open') return isSo(at, constants.W_OK) || (!isSo(at, 0) && mayChangeDirectory());
  if (operation === 'create') return isSo(at, 0) || mayChangeDirectory();
  return operation !== 'change' || !isSo(at, 0) || isSo(at, NEEDS_OWNER);
}

function isOwn(path: Buffer): boolean {
  const user = process.geteuid?.() ?? 0;
  return canBe(() => {
    const { uid } = lstatSync(path);
    if (user !== 0 && uid !== user) throw Object.assign(new Error('of somebody else'), { code: 'EPERM' });
  });
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
