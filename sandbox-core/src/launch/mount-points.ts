import { appendFileSync, closeSync, lstatSync, mkdirSync, openSync, readdirSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';

import { startFailed } from '../errors';
import type { LaunchPlan, MountEntry, MountPoint } from '../plan/plan';
import { parentPath, printable, type AbsolutePath } from '../policy';

/**
 * Empty directories and files made on the host so that something can be mounted where nothing is. Each is written to the
 * session's journal, so that the pod (or the next session, after a crash) removes it; see native/src/journal.h.
 *
 * Sessions in the same project share them: removing one takes the mount away in every sandbox that has one there. So what
 * is mounted is written to the journal first, and a session that ends leaves it to the one that uses it.
 */
export interface MountPointJournal {
  /**
   * Makes what is missing, and keeps other sessions from removing it and what is there.
   *
   * False: something on the host has changed since the plan was made, so it has to be made again.
   */
  prepare(plan: LaunchPlan): Promise<boolean>;
}

export interface MountPointJournalOptions {
  readonly sessionDirectory: AbsolutePath;
  readonly sessionsDirectory: AbsolutePath;
  /** Removes abandoned sessions; waits for whoever else removes mount points. */
  readonly sweep: () => Promise<void>;
}

export function openMountPointJournal({ sessionDirectory, sessionsDirectory, sweep }: MountPointJournalOptions): MountPointJournal {
  const used = new Set<AbsolutePath>();
  const write = (records: readonly string[]): void => {
    if (records.length > 0) appendFileSync(join(sessionDirectory, 'journal'), records.map((record) => `${record}\0`).join(''), { mode: 0o600 });
  };
  return {
    async prepare({ mounts, mountPoints }) {
      const missing = new Set(mountPoints.map(({ path }) => path));
      const unused = [...new Set([...mounts.flatMap(placeOnHost), ...missing])].filter((path) => !used.has(path));
      write(unused.map((path) => `u 0 0 ${path}`));
      // A session that started to remove before that was written has not seen it.
      if (unused.length > 0 && isBeingRemoved(sessionsDirectory)) await sweep();
      for (const path of unused) used.add(path);
      if (unused.some((path) => !missing.has(path) && isGone(path))) return false;
      return mountPoints.every((point) => makeEmpty(point, (path, kind, { dev, ino }) => write([`${kind === 'file' ? 'f' : 'd'} ${dev} ${ino} ${path}`])));
    },
  };
}

/** Where something of the host's is covered; it is there, or made before. */
function placeOnHost(mount: MountEntry): AbsolutePath[] {
  const covers = mount.kind === 'writable' || mount.kind === 'read-only' || mount.kind === 'masked-directory' || mount.kind === 'masked-file' || mount.kind === 'pinned';
  return covers ? [mount.path] : [];
}

/** A session directory loses its write permission for as long as its mount points are removed: native/src/leftovers.h. */
function isBeingRemoved(sessionsDirectory: AbsolutePath): boolean {
  return readdirSync(sessionsDirectory).some((name) => {
    const mode = statSync(join(sessionsDirectory, name), { throwIfNoEntry: false })?.mode;
    return mode !== undefined && (mode & 0o200) === 0;
  });
}

function isGone(path: AbsolutePath): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false; // it cannot be told; bubblewrap will
  }
}

/** Makes what it lies in as well, which another session may just have removed. False: somebody else made it. */
function makeEmpty({ path, kind }: Pick<MountPoint, 'path' | 'kind'>, made: (path: AbsolutePath, kind: MountPoint['kind'], stats: Stats) => void): boolean {
  try {
    if (kind === 'directory') mkdirSync(path, { mode: 0o755 });
    else closeSync(openSync(path, 'wx', 0o644));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' && makeEmpty({ path: parentPath(path), kind: 'directory' }, made)) return makeEmpty({ path, kind }, made);
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    throw startFailed(`cannot make ${printable(path, 200)}, which has to be there so that it can be protected (${String(code)})`, error);
  }
  made(path, kind, lstatSync(path));
  return true;
}
