import { describePointer, type PolicyPointer } from '../policy';
import type { MountEntry, Refusal } from './plan';

/**
 * bubblewrap reads all mounts again for each one it makes, so its time grows with their square: 250 take a third of a
 * second, 1,000 some seconds.
 */
export const MAX_MOUNTS = 1200;

/** Refuses a plan that would take too long to launch, and names the entry that most of its mounts come from. */
export function mountCountRefusals(mounts: readonly MountEntry[]): Refusal[] {
  if (mounts.length <= MAX_MOUNTS) return [];
  const [pointer, count] = mostFrequent(mounts.flatMap((mount) => ('rule' in mount && mount.rule.kind === 'policy' ? [mount.rule.pointer as PolicyPointer] : []))) ?? []; // set at parse
  const total = `the policy needs ${mounts.length} mounts here, and at most ${MAX_MOUNTS} can be made in reasonable time`;
  if (pointer === undefined) return [{ code: 'too-many-mounts', message: `${total}; name directories instead of what lies in them` }];
  return [{ code: 'too-many-mounts', pointer, message: `${total}; ${count} come from ${describePointer(pointer)}: name directories instead of what lies in them` }];
}

function mostFrequent<Value>(values: readonly Value[]): readonly [Value, number] | undefined {
  const counts = new Map<Value, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one)[0];
}
