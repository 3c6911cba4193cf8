import { closeSync, lstatSync, mkdirSync, openSync, writeSync, type Stats } from 'node:fs';

import type { MountPoint } from '../plan/plan';
import type { AbsolutePath } from '../policy';

/**
 * Empty directories and files made on the host so that something can be mounted where nothing is. Each is written to the session's
 * journal, so that the pod (or the next session, after a crash) removes it; see native/src/leftovers.h.
 */
export interface MountPointJournal {
  /** Makes what is missing, outermost first. Something that meanwhile exists is left as it is. */
  make(points: readonly MountPoint[]): void;
}

export function openMountPointJournal(sessionDirectory: AbsolutePath): MountPointJournal {
  return {
    make(points) {
      if (points.length === 0) return;
      const journal = openSync(`${sessionDirectory}/journal`, 'a', 0o600);
      try {
        for (const point of points) {
          const made = makeEmpty(point);
          if (made) writeSync(journal, `${point.kind === 'file' ? 'f' : 'd'} ${made.dev} ${made.ino} ${point.path}\0`);
        }
      } finally {
        closeSync(journal);
      }
    },
  };
}

/** Undefined if it exists, or cannot be made: then the command cannot make it either. */
function makeEmpty({ path, kind }: MountPoint): Stats | undefined {
  try {
    if (kind === 'directory') mkdirSync(path, { mode: 0o755 });
    else closeSync(openSync(path, 'wx', 0o644));
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
