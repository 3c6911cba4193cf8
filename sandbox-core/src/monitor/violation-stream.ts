import type { Policy, RuleReference, Violation } from '../policy';
import { isIgnored } from './ignored';
import { createKeptViolations } from './kept-violations';

/** Distinct violations that are kept. */
const MAX_KEPT = 1000;
/** Rules with totals of their own: more than policies have, but their number is not ours to choose. */
const MAX_RULES = 10_000;

/** @param added how many of the violation's count are new */
export type ViolationListener = (violation: Violation, added: number) => void;

/** How often one rule refused. */
export interface RuleTotal {
  readonly rule: RuleReference;
  readonly count: number;
}

/**
 * All that a session refused, whether its records are still kept or not.
 *
 * @property refused operations, without those that were ignored
 * @property ignored operations that `ignoreViolations` keeps out of the reports
 * @property pushedOut of `refused`: operations whose records gave way to others
 */
export interface ViolationTotals {
  readonly refused: number;
  readonly ignored: number;
  readonly pushedOut: number;
  readonly byRule: readonly RuleTotal[];
}

/**
 * The violations of a session, the same thing counted instead of repeated. A listener hears of every change: a violation
 * that happens again comes again, with its count.
 */
export interface ViolationStream {
  readonly violations: readonly Violation[];
  readonly totals: ViolationTotals;
  /** @param line what `ignoreViolations` is compared with, where a platform has a text of its own */
  add(violation: Violation, line?: string): void;
  /** What a listener throws is reported as a warning of the process. @returns stops listening */
  onViolation(listener: ViolationListener): () => void;
}

/**
 * @property session what the records name as their session
 * @property ignore asked at every violation: it can change while a session runs
 * @property limit distinct violations that are kept
 */
export interface ViolationStreamOptions {
  readonly session?: string;
  readonly ignore?: () => Policy['ignoreViolations'];
  readonly limit?: number;
}

export function createViolationStream({ session, ignore = () => undefined, limit = MAX_KEPT }: ViolationStreamOptions = {}): ViolationStream {
  const kept = createKeptViolations(limit);
  const rules = new Map<string, RuleTotal>();
  const listeners = new Set<ViolationListener>();
  const counts = { refused: 0, ignored: 0, pushedOut: 0 };
  return {
    get violations() {
      return kept.values();
    },
    get totals() {
      return { ...counts, byRule: [...rules.values()] };
    },
    add(violation, line) {
      if (isIgnored(violation, ignore(), line)) return void (counts.ignored += violation.count);
      counts.refused += violation.count;
      countRule(rules, violation);
      const key = identity(violation);
      const before = kept.get(key);
      const merged: Violation = { ...violation, ...(session !== undefined && { version: violation.version > 3 ? violation.version : 3, session }), count: violation.count + (before?.count ?? 0) };
      counts.pushedOut += kept.set(key, merged)?.count ?? 0;
      for (const listener of listeners) tell(listener, merged, violation.count);
    },
    onViolation(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** What a listener throws is not for whoever reported: a sandbox would end, or the whole process. */
function tell(listener: ViolationListener, violation: Violation, added: number): void {
  try {
    listener(violation, added);
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error));
  }
}

function countRule(rules: Map<string, RuleTotal>, { rule, count }: Violation): void {
  const key = JSON.stringify(rule);
  const before = rules.get(key);
  if (before || rules.size < MAX_RULES) rules.set(key, { rule, count: count + (before?.count ?? 0) });
}

/** Two violations are the same if a user would do the same about them. */
export function identity({ kind, operation, target, rule, program, command, task }: Violation): string {
  return JSON.stringify([kind, operation, target, rule, program, command, task]);
}
