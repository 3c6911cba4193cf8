import { statfsSync, watch, type FSWatcher } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

import type { AbsolutePath } from '../policy';

/** Other work of this process gets its turn this often while watches are set up. */
const SLICE_MS = 5;
/** File systems of this machine alone; on others (NFS, 9p, FUSE …) somebody else's changes are not told. statfs(2). */
const LOCAL_FILE_SYSTEMS = new Set([0xef53, 0x9123683e, 0x58465342, 0x01021994, 0x794c7630, 0x2fc12fc1, 0xf2f52010]);

/** Directories whose first change the kernel tells (inotify(7)), so that they need not be looked at to know that nothing changed. */
export interface DirectoryWatch {
  /** Whether nothing can have changed since the last `seen`. False for what is not watched. */
  isUnchanged(directory: AbsolutePath): boolean;
  /** Whether all of `watchAll` is watched and nothing has changed. */
  readonly isQuiet: boolean;
  /** The directory is about to be looked at. */
  seen(directory: AbsolutePath): void;
  /** Something else may be at this path now. */
  doubt(directory: AbsolutePath): void;
  /** Something else is at this path now. */
  forget(directory: AbsolutePath): void;
  /** Watches these and no others from now on, as far as the system allows. */
  watchAll(directories: readonly AbsolutePath[]): Promise<void>;
  /** Resolves when all that happened before the call has been told. */
  settled(): Promise<void>;
  close(): void;
}

export function createDirectoryWatch(): DirectoryWatch {
  const watchers = new Map<AbsolutePath, FSWatcher>();
  const changed = new Set<AbsolutePath>();
  let isComplete = false;
  let isClosed = false;
  const forget = (directory: AbsolutePath): void => {
    watchers.get(directory)?.close();
    watchers.delete(directory);
    changed.delete(directory);
    isComplete = false;
  };
  const start = (directory: AbsolutePath): boolean => {
    try {
      // One change is all there is to know until the next look: what else a command does there, for each write an event, is not heard.
      const watcher = watch(directory, { persistent: false }, () => forget(directory));
      watcher.on('error', () => forget(directory));
      watchers.set(directory, watcher);
      changed.add(directory); // what happened before is not told
      return true;
    } catch {
      return false; // out of watches, or gone
    }
  };
  return {
    isUnchanged: (directory) => watchers.has(directory) && !changed.has(directory),
    get isQuiet() {
      return isComplete && changed.size === 0;
    },
    seen: (directory) => void changed.delete(directory),
    doubt(directory) {
      if (watchers.has(directory)) changed.add(directory);
    },
    forget,
    async watchAll(directories) {
      const wanted = new Set(directories);
      for (const directory of [...watchers.keys()]) if (!wanted.has(directory)) forget(directory);
      let pauseAt = performance.now() + SLICE_MS;
      for (const directory of directories) {
        if (isClosed || (!watchers.has(directory) && !start(directory))) return;
        if (performance.now() < pauseAt) continue;
        await setImmediate();
        pauseAt = performance.now() + SLICE_MS;
      }
      isComplete = true;
    },
    async settled() {
      // Two turns: the poll for events lies between them.
      await setImmediate();
      await setImmediate();
    },
    close() {
      isClosed = true;
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}

/** Whether every change of a directory is told here. */
export function tellsChanges(directory: AbsolutePath): boolean {
  try {
    return LOCAL_FILE_SYSTEMS.has(statfsSync(directory).type);
  } catch {
    return false;
  }
}
