import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';

import { startFailed } from '../errors';
import { markPlaceholder } from '../host/placeholder';
import type { PlannedCgroup, PlannedLimit } from '../plan/plan';
import { joinPath, type AbsolutePath } from '../policy';

/** The cgroup of one command: it counts what all its processes take together. */
export interface CommandCgroup {
  /** Whoever writes "0" to it is in. */
  readonly members: AbsolutePath;
  /** After the command: removes it, and says which limits were met. What still has a process in it is left to the journal. */
  close(): readonly PlannedLimit['name'][];
}

/** Where the kernel counts how often a limit was met; cgroup-v2.rst. */
const MET: Readonly<Record<PlannedCgroup['files'][number]['file'], readonly [file: string, counter: RegExp]>> = {
  'memory.max': ['memory.events', /^oom_kill ([0-9]+)$/m],
  'pids.max': ['pids.events', /^max ([0-9]+)$/m],
};

/** Makes it with its limits, and notes it in the session's journal: as a placeholder, a directory that is removed once nothing is in it. */
export function makeCommandCgroup({ parent, files }: PlannedCgroup, sessionDirectory: AbsolutePath): CommandCgroup {
  const directory = joinPath(parent, `srt-${randomBytes(8).toString('hex')}`);
  try {
    appendFileSync(joinPath(sessionDirectory, 'journal'), `${directory}\0`, { mode: 0o600 });
    mkdirSync(directory, { mode: 0o755 });
    markPlaceholder(directory);
    for (const { file, value } of files) writeFileSync(joinPath(directory, file), String(value), { flag: 'r+' });
    // Otherwise what is over the limit would go there; kernels that do not count it have no such file.
    if (files.some(({ file }) => file === 'memory.max')) writeIfThere(joinPath(directory, 'memory.swap.max'), '0');
  } catch (error) {
    remove(directory);
    throw startFailed(`cannot hold ${files.map(({ limit }) => `the limit of ${limit}`).join(' and ')} with a cgroup in ${parent} (${error instanceof Error ? error.message : 'unknown'})`, error);
  }
  return {
    members: joinPath(directory, 'cgroup.procs'),
    close: () => {
      const met = files.filter(({ file }) => isMet(directory, file)).map(({ limit }) => limit);
      remove(directory);
      return met;
    },
  };
}

function writeIfThere(path: AbsolutePath, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'r+' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

function isMet(directory: AbsolutePath, file: keyof typeof MET): boolean {
  const [counters, counter] = MET[file];
  try {
    return Number(counter.exec(readFileSync(joinPath(directory, counters), 'utf8'))?.[1] ?? 0) > 0;
  } catch {
    return false; // it is gone, and its counts with it
  }
}

function remove(directory: AbsolutePath): void {
  try {
    rmdirSync(directory);
  } catch {
    // something in it is still ending; the session's journal has it
  }
}
