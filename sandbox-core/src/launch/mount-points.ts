import { appendFileSync, closeSync, lstatSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { startFailed } from '../errors';
import { markPlaceholder } from '../host/placeholder';
import type { MountPoint } from '../plan/plan';
import { printable, type AbsolutePath } from '../policy';
import type { Pod } from './pod';

/** Whoever removes one has it locked for microseconds. */
const REMOVAL_PAUSE_MS = 5;

/**
 * Placeholders: empty directories and files made on the host so that something can be mounted where nothing is. Each is written
 * to the session's journal before it is made, so that the pod (or the next session, after a crash) removes it, and is held by the
 * pod for as long as the session lives, so that no other session removes it: native/src/placeholders.h.
 */
export interface MountPointJournal {
  /**
   * Makes what is missing, and holds what is there.
   *
   * False: something on the host has changed since the plan was made, so it has to be made again.
   */
  prepare(mountPoints: readonly MountPoint[]): Promise<boolean>;
}

export function openMountPointJournal(sessionDirectory: AbsolutePath, pod: Pick<Pod, 'hold'>): MountPointJournal {
  const held = new Set<AbsolutePath>();
  const record = (points: readonly MountPoint[]): void => appendFileSync(join(sessionDirectory, 'journal'), points.map(({ path }) => `${path}\0`).join(''), { mode: 0o600 });
  return {
    async prepare(mountPoints) {
      const wanted = mountPoints.filter(({ path }) => !held.has(path) || isGone(path));
      if (wanted.length === 0) return true;
      record(wanted);
      const missing = wanted.filter(({ isThere }) => !isThere);
      const failed = missing.findIndex((point) => !makeEmpty(point));
      const made = failed === -1 ? missing : missing.slice(0, failed);
      // What was made inside of it gave a directory another time.
      for (const { path } of made) markPlaceholder(path);
      if (failed !== -1) return false;
      const answers = await Promise.all(wanted.map(async ({ path }) => ({ path, isHeld: await pod.hold(path) })));
      for (const { path, isHeld } of answers) if (isHeld) held.add(path);
      if (answers.every(({ isHeld }) => isHeld)) return true;
      await setTimeout(REMOVAL_PAUSE_MS);
      return false;
    },
  };
}

function isGone(path: AbsolutePath): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) === undefined;
}

/** False: somebody else made it, or took away what it lies in. */
function makeEmpty({ path, kind }: MountPoint): boolean {
  try {
    if (kind === 'directory') mkdirSync(path, { mode: 0o755 });
    else closeSync(openSync(path, 'wx', 0o644));
    markPlaceholder(path);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    throw startFailed(`cannot make ${printable(path, 200)}, which has to be there so that it can be protected (${String(code)})`, error);
  }
}
