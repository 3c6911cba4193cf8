import { accessSync, closeSync, constants, fchmodSync, fchownSync, fsyncSync, lstatSync, openSync, realpathSync, renameSync, statSync, unlinkSync, writeFileSync, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { randomId } from './random-id';

/**
 * Puts a text in the place of a file's, as a whole or not at all: into a fresh file beside it, with its mode and owner, which then takes
 * its name. A symbolic link is followed. What is not there yet is made.
 *
 * @returns what kept it from being written, for people; nothing is changed then
 */
export function replaceFile(path: string, text: string): string | undefined {
  try {
    const { target, before } = lookAt(path);
    if (!before && lstatSync(target, { throwIfNoEntry: false })) return 'it is a symbolic link that leads nowhere';
    if (before && !before.isFile()) return 'it is no plain file';
    if (before) accessSync(target, constants.W_OK); // whoever took the right to write it from himself meant it
    const fresh = freshName(target);
    try {
      writeFresh(fresh, text, before);
      renameSync(fresh, target);
    } catch (error) {
      removeIfThere(fresh);
      const code = codeOf(error);
      return ['EACCES', 'EPERM', 'EROFS', 'EBUSY'].includes(code) ? `its directory takes no file in its place (${code}), and it is replaced as a whole or not at all` : code;
    }
    syncDirectory(dirname(target));
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

function lookAt(path: string): { readonly target: string; readonly before?: Stats } {
  try {
    const target = realpathSync(path);
    return { target, before: statSync(target) };
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return { target: join(realpathSync(dirname(path)), basename(path)) };
  }
}

/** A name that no sandboxed command may open to write: it could keep what it opened, and change the policy by it later. */
function freshName(target: string): string {
  return join(dirname(target), `.${randomId()}.srt.json`);
}

function writeFresh(fresh: string, text: string, before: Stats | undefined): void {
  const file = openSync(fresh, 'wx', before ? 0o600 : 0o666);
  try {
    writeFileSync(file, text);
    if (before) fchmodSync(file, ownedAs(file, before) ? before.mode & 0o7777 : before.mode & 0o755);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** False: only another could give it away, or to that group. Its permissions were not meant for ours. */
function ownedAs(file: number, { uid, gid }: Stats): boolean {
  try {
    fchownSync(file, uid, gid);
    return true;
  } catch {
    return false;
  }
}

/** The new name is on the disk too. Not every file system can be asked for that. */
function syncDirectory(directory: string): void {
  try {
    const opened = openSync(directory, constants.O_RDONLY);
    try {
      fsyncSync(opened);
    } finally {
      closeSync(opened);
    }
  } catch {
    // it was written all the same
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // it could not be made
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
