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

export function planLimits({ limits = {} }: Policy): PlannedLimit[] {
  return Object.entries(HELD_BY).flatMap(([key, [name, unit]]) => {
    const value = limits[key as keyof typeof HELD_BY]; // a key of that table
    return value === undefined ? [] : [{ name, value: value * unit, pointer: toPointer(['limits', key]) }];
  });
}

/** @param user numeric id of whoever runs the command */
export function limitRefusals({ limits = {} }: Policy, user: number): Refusal[] {
  // The kernel counts processes per user, and does not count those of root.
  if (limits.processes === undefined || user !== 0) return [];
  return [{ code: 'limit-not-held', pointer: toPointer(['limits', 'processes']), message: 'limits.processes cannot be held for root; run the command as an ordinary user, or remove the limit' }];
}
