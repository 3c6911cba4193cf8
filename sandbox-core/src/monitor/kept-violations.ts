import type { Violation } from '../policy';

/** A bounded number of violations, the latest ones. */
export interface KeptViolations {
  readonly size: number;
  get(key: string): Violation | undefined;
  /** @returns what gave way to it */
  set(key: string, violation: Violation): Violation | undefined;
  /** In the order in which they last happened. */
  values(): Violation[];
}

/**
 * A flood pushes out its own: what gives way is the oldest of whichever rule and operation has the most records, so that every rule
 * that refused something keeps examples.
 */
export function createKeptViolations(limit: number): KeptViolations {
  const kept = new Map<string, Violation>();
  const groups = new Map<string, Set<string>>();
  const remove = (key: string): Violation | undefined => {
    const violation = kept.get(key);
    if (!violation) return undefined;
    kept.delete(key);
    const group = groupOf(violation);
    const keys = groups.get(group);
    keys?.delete(key);
    if (keys?.size === 0) groups.delete(group);
    return violation;
  };
  const oldestOfMost = (): string => {
    let most = new Set<string>();
    for (const group of groups.values()) if (group.size > most.size) most = group;
    const [oldest = ''] = most;
    return oldest;
  };
  return {
    get size() {
      return kept.size;
    },
    get: (key) => kept.get(key),
    set(key, violation) {
      remove(key);
      kept.set(key, violation);
      const group = groupOf(violation);
      groups.set(group, (groups.get(group) ?? new Set()).add(key));
      return kept.size > limit ? remove(oldestOfMost()) : undefined;
    },
    values: () => [...kept.values()],
  };
}

/** What a user would do the same about, whatever it is about. */
export function groupOf({ kind, operation, rule }: Violation): string {
  return JSON.stringify([kind, operation, rule]);
}
