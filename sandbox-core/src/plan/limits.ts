import { toPointer, type Policy } from '../policy';
import type { DelegatedCgroup, HostFacts } from '../host/facts';
import type { PlannedCgroup, PlannedLimit, Refusal } from './plan';

const MIB = 1024 * 1024;

/** How the helper calls each limit (native/src/limits.h), and what it counts in. */
const HELD_BY = {
  processes: ['processes', 1],
  memoryMiB: ['memory', MIB],
  openFiles: ['open-files', 1],
  fileSizeMiB: ['file-size', MIB],
  cpuSeconds: ['cpu', 1],
  wallSeconds: ['wall', 1],
} as const satisfies Record<keyof NonNullable<Policy['limits']>, readonly [PlannedLimit['name'], number]>;

export type CommandLimits = NonNullable<Policy['limits']>;

/** @param own what one command is started with: it can be held tighter than the policy has it, not looser */
export function planLimits({ limits = {} }: Policy, own: CommandLimits = {}): PlannedLimit[] {
  return Object.entries(HELD_BY).flatMap(([key, [name, unit]]) => {
    const [ofPolicy, ofCommand] = [limits, own].map((some) => some[key as keyof typeof HELD_BY]); // a key of that table
    const value = Math.min(ofPolicy ?? Infinity, ofCommand ?? Infinity);
    return value === Infinity ? [] : [{ name, value: value * unit, pointer: toPointer(['limits', key]), ...(value !== ofPolicy && { ofCommand: true as const }) }];
  });
}

/** The files of a cgroup (version 2) that hold a limit for a command as a whole; cgroup-v2.rst. */
const CGROUP_FILES = { memory: { controller: 'memory', file: 'memory.max' }, processes: { controller: 'pids', file: 'pids.max' } } as const;

/** bubblewrap and pid 1 are in the command's cgroup as well. */
const OWN_PROCESSES = 2;

/** What of the limits a cgroup can hold. The others are for setrlimit(2), which counts for each process by itself. */
export function planCgroup(limits: readonly PlannedLimit[], cgroup: DelegatedCgroup | undefined): { readonly limits: readonly PlannedLimit[]; readonly cgroup?: PlannedCgroup } {
  const held = limits.flatMap((limit) => {
    const place = isCounted(limit.name) ? CGROUP_FILES[limit.name] : undefined;
    return place && cgroup?.controllers.includes(place.controller) === true ? [{ limit, place }] : [];
  });
  if (!cgroup || held.length === 0) return { limits };
  const files = held.map(({ limit, place }) => ({ file: place.file, value: limit.value + (limit.name === 'processes' ? OWN_PROCESSES : 0), limit: limit.name }));
  return { limits: limits.filter((limit) => !held.some((other) => other.limit === limit)), cgroup: { parent: cgroup.directory, files } };
}

function isCounted(name: PlannedLimit['name']): name is keyof typeof CGROUP_FILES {
  return name in CGROUP_FILES;
}

/** Whether a cgroup could hold some of them. */
export function areCounted({ limits = {} }: Policy, own: CommandLimits = {}): boolean {
  return [limits, own].some(({ memoryMiB, processes }) => memoryMiB !== undefined || processes !== undefined);
}

/** @param user numeric id of whoever runs the command */
export function limitRefusals({ limits = {} }: Policy, own: CommandLimits, { user, cgroup }: Pick<HostFacts, 'user' | 'cgroup'>): Refusal[] {
  // The kernel counts processes per user, and does not count those of root; a cgroup counts all that are in it.
  if ((limits.processes ?? own.processes) === undefined || user !== 0 || cgroup?.controllers.includes('pids') === true) return [];
  return [{ code: 'limit-not-held', pointer: toPointer(['limits', 'processes']), message: 'limits.processes cannot be held for root without a delegated cgroup; run the command as an ordinary user, or remove the limit (srt doctor says more)' }];
}
