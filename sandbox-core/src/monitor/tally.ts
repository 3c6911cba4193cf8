/** A name, and how often it was counted. */
export interface Counted {
  readonly name: string;
  readonly count: number;
}

/** Names with counts of their own. */
const MAX_NAMES = 10_000;
const OTHERS = '(others)';

/**
 * Counts names, of which there may be any number: those that come most often keep counts of their own, the rest is counted together.
 * A count is never too high; what a name counted before it was given up stays with the others.
 */
export interface Tally {
  add(name: string, times: number): void;
  mostFirst(): Counted[];
}

export function createTally(limit: number = MAX_NAMES): Tally {
  let names = new Map<string, number>();
  let others = 0;
  /** Of names that count the same, the later ones stay. */
  const giveUpRarest = (): void => {
    const kept = [...names].reverse().sort(([, a], [, b]) => b - a);
    others += kept.slice(limit).reduce((sum, [, times]) => sum + times, 0);
    names = new Map(kept.slice(0, limit).reverse());
  };
  return {
    add(name, times) {
      names.set(name, times + (names.get(name) ?? 0));
      if (names.size > 2 * limit) giveUpRarest();
    },
    mostFirst() {
      if (names.size > limit) giveUpRarest();
      const counted = [...names].map(([name, count]) => ({ name, count }));
      return [...counted, ...(others > 0 ? [{ name: OTHERS, count: others }] : [])].sort((a, b) => b.count - a.count);
    },
  };
}
