import { describePointer, type PolicyPointer } from '../policy';
import type { MountEntry, Refusal } from './plan';

/** Each takes some microseconds, to make and to take away; Linux allows 100,000 in a namespace, with those of the host. */
export const MAX_MOUNTS = 20_000;

/**
 * bubblewrap reads all mounts again for each one it makes, so its time grows with their square: 250 take a third of a
 * second, 1,000 some seconds.
 */
export const MAX_MOUNTS_OF_BUBBLEWRAP = 1200;

/** Refuses a plan that would take too long to launch, and names the entry that most of its mounts come from. */
export function mountCountRefusals(mounts: readonly MountEntry[], madeByHelper: boolean): Refusal[] {
  const limit = madeByHelper ? MAX_MOUNTS : MAX_MOUNTS_OF_BUBBLEWRAP;
  if (mounts.length <= limit) return [];
  const [pointer, count] = mostFrequent(mounts.flatMap((mount) => ('rule' in mount && mount.rule.kind === 'policy' ? [mount.rule.pointer as PolicyPointer] : []))) ?? []; // set at parse
  const total = `the policy needs ${mounts.length} mounts here, and at most ${limit} can be made in reasonable time`;
  if (pointer === undefined) return [{ code: 'too-many-mounts', message: `${total}; name directories instead of what lies in them` }];
  return [{ code: 'too-many-mounts', pointer, message: `${total}; ${count} come from ${describePointer(pointer)}: name directories instead of what lies in them` }];
}

function mostFrequent<Value>(values: readonly Value[]): readonly [Value, number] | undefined {
  const counts = new Map<Value, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one)[0];
}
