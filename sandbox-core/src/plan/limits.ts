import { toPointer, type Policy } from '../policy';
import type { PlannedLimit, Refusal } from './plan';

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

/** @param user numeric id of whoever runs the command */
export function limitRefusals({ limits = {} }: Policy, own: CommandLimits, user: number): Refusal[] {
  // The kernel counts processes per user, and does not count those of root.
  if ((limits.processes ?? own.processes) === undefined || user !== 0) return [];
  return [{ code: 'limit-not-held', pointer: toPointer(['limits', 'processes']), message: 'limits.processes cannot be held for root; run the command as an ordinary user, or remove the limit' }];
}
