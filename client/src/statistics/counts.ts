import { posix } from 'node:path';

import { printable, type Violation } from 'sandbox-core/policy';

export interface Counted {
  readonly name: string;
  readonly count: number;
}

/** Counts to show, each list the most frequent first; hours or days in their order. */
export interface Statistics {
  readonly refused: number;
  readonly byRule: readonly Counted[];
  readonly byHost: readonly Counted[];
  readonly byPath: readonly Counted[];
  readonly byProgram: readonly Counted[];
  readonly byTime: readonly Counted[];
}

const MAX_NAME = 160;

export function countViolations(violations: readonly Violation[]): Statistics {
  const count = (nameOf: (violation: Violation) => string | undefined): Counted[] => {
    const counts = new Map<string, number>();
    for (const violation of violations) {
      const name = nameOf(violation);
      if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + violation.count);
    }
    return [...counts].map(([name, times]) => ({ name: printable(name, MAX_NAME), count: times }));
  };
  const mostFirst = (counted: Counted[]): Counted[] => counted.sort((a, b) => b.count - a.count);
  return {
    refused: violations.reduce((sum, violation) => sum + violation.count, 0),
    byRule: mostFirst(count(({ rule, reason }) => (rule.kind === 'built-in' ? rule.name : reason))),
    byHost: mostFirst(count(({ kind, target }) => (kind === 'network' && !target.startsWith('/') ? target : undefined))),
    byPath: mostFirst(count(({ kind, target }) => (kind === 'filesystem' ? target : undefined))),
    byProgram: mostFirst(count(({ program }) => program && posix.basename(program))),
    byTime: count(({ time }) => localHour(new Date(time))).sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** `2026-01-02 03:00` where the user is. */
function localHour(time: Date): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:00`;
}

/** What `srt stats --json` prints, as the page shows it. Undefined: it printed something else. */
export function fromStatsJson(text: string): Statistics | undefined {
  try {
    const { refused, byRule, byHost, byPath, byProgram, byDay } = JSON.parse(text) as Omit<Statistics, 'byTime'> & { readonly byDay: readonly Counted[] }; // the CLI's own output
    return { refused, byRule, byHost, byPath, byProgram, byTime: byDay };
  } catch {
    return undefined;
  }
}
