import { accessSync, chmodSync, constants, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { SandboxError, sessionDirectoryImpossible, sessionDirectoryUnsafe } from '../errors';
import { absolutePath, joinPath, type AbsolutePath } from '../policy';

/** The resolver's address inside the sandbox: any address leads to it, this one cannot be a service's. */
const RESOLVER = 'nameserver 198.18.0.1\noptions timeout:5 attempts:2\n';

const TURNS = 'turns';

const MAX_ATTEMPTS = 10;

/** What a session's directory holds from the start. A directory has no content; without a mode, what the umask leaves. */
export const SESSION_ENTRIES: readonly { readonly name: string; readonly mode?: number; readonly content?: Uint8Array }[] = [
  { name: 'tmp', mode: 0o1777 }, // as /tmp is; nobody else gets past the session's own 0700
  { name: 'tmp/claude' },
  { name: TURNS, mode: 0o600, content: Buffer.alloc(8) },
  { name: 'mask', mode: 0o000, content: Buffer.alloc(0) },
  { name: 'resolv.conf', mode: 0o644, content: Buffer.from(RESOLVER) },
];

/**
 * Makes the directory that holds everything private to one session: the sandbox's /tmp, the empty file that hides others,
 * the journal of mount points. `srt-helper pod` removes it when the session ends, however that happens.
 *
 * @param temporary the host's directory for temporary files
 * @param user the user's numeric id
 */
export function makeSessionDirectory(temporary: string, user: number): { readonly session: AbsolutePath; readonly sessions: AbsolutePath } {
  const sessions = join(temporary, `srt-${user}`);
  const session = makeInside(sessions, user);
  try {
    fill(session);
  } catch (error) {
    rmSync(session, { recursive: true, force: true });
    removeIfEmpty(absolutePath(sessions));
    throw sessionDirectoryImpossible(session, codeOf(error));
  }
  return { session: absolutePath(session), sessions: absolutePath(sessions) };
}

function fill(session: string): void {
  for (const { name, mode, content } of SESSION_ENTRIES) {
    const path = join(session, name);
    if (content) writeFileSync(path, content, { mode });
    else mkdirSync(path);
    if (!content && mode !== undefined) chmodSync(path, mode);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function makeInside(sessions: string, user: number): string {
  for (let attempt = 1; ; attempt++) {
    try {
      makeUnlessThere(sessions);
      requireOwnDirectory(sessions, user);
      return mkdtempSync(join(sessions, 'session-'));
    } catch (error) {
      // Another session, ending, may just have removed the directory because it was empty.
      if (error instanceof SandboxError) throw error;
      const code = codeOf(error);
      if (code !== 'ENOENT' || attempt === MAX_ATTEMPTS) throw sessionDirectoryImpossible(sessions, code);
    }
  }
}

/** Not `recursive`, which does not end where nothing can be made (/proc). */
function makeUnlessThere(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
    chmodSync(directory, 0o700); // whatever the umask
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** What would keep a session from making its directory, without making one. */
export function sessionDirectoryObstacle(temporary: string, user: number): SandboxError | undefined {
  const sessions = join(temporary, `srt-${user}`);
  try {
    const isThere = lstatSync(sessions, { throwIfNoEntry: false }) !== undefined;
    if (isThere) requireOwnDirectory(sessions, user);
    accessSync(isThere ? sessions : temporary, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return error instanceof SandboxError ? error : sessionDirectoryImpossible(sessions, codeOf(error));
  }
}

/** The last session of a user leaves nothing; a directory that is not empty stays for the others. */
export function removeIfEmpty(sessions: AbsolutePath): void {
  try {
    rmdirSync(sessions);
  } catch {
    // another session is using it
  }
}

/** What the supervisors of a session lock in turn: native/src/turns.h. */
export function turnsFile(session: AbsolutePath): AbsolutePath {
  return joinPath(session, TURNS);
}

/** Beside the one that was just made, living or abandoned. */
export function hasOtherSessions(sessions: AbsolutePath): boolean {
  return readdirSync(sessions).length > 1;
}

/** /tmp is everybody's: another user may have made the directory first, or a link in its place. */
function requireOwnDirectory(path: string, user: number): void {
  const found = lstatSync(path);
  if (!found.isDirectory()) throw sessionDirectoryUnsafe(path, 'it is not a directory');
  if (found.uid !== user) throw sessionDirectoryUnsafe(path, `it belongs to the user with id ${found.uid}`);
  if ((found.mode & 0o077) !== 0) throw sessionDirectoryUnsafe(path, `its mode is 0${(found.mode & 0o777).toString(8)}`);
}

/** Sockets of this user's sessions that let others join. One that was killed may have left its own. */
export function openSockets(temporary: string, user: number): AbsolutePath[] {
  const sessions = join(temporary, `srt-${user}`);
  try {
    requireOwnDirectory(sessions, user);
    return readdirSync(sessions).map((name) => join(sessions, name, 'socket')).filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true).map(absolutePath);
  } catch {
    return [];
  }
}
