import type { Violation } from '../policy';

/** Distinct violations that are kept; what comes beyond pushes out the oldest. */
const MAX_KEPT = 1000;

export type ViolationListener = (violation: Violation) => void;

/**
 * The violations of a session, the same thing counted instead of repeated. A listener hears of every change: a violation
 * that happens again comes again, with its count.
 */
export interface ViolationStream {
  readonly violations: readonly Violation[];
  add(violation: Violation): void;
  /** @returns stops listening */
  onViolation(listener: ViolationListener): () => void;
}

export function createViolationStream(limit: number = MAX_KEPT): ViolationStream {
  const kept = new Map<string, Violation>();
  const listeners = new Set<ViolationListener>();
  return {
    get violations() {
      return [...kept.values()];
    },
    add(violation) {
      const key = identity(violation);
      const before = kept.get(key);
      const merged = before ? { ...violation, count: before.count + violation.count } : violation;
      kept.delete(key);
      kept.set(key, merged);
      if (kept.size > limit) kept.delete(kept.keys().next().value ?? '');
      for (const listener of listeners) listener(merged);
    },
    onViolation(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Two violations are the same if a user would do the same about them. */
function identity({ kind, operation, target, rule, program, command, task }: Violation): string {
  return JSON.stringify([kind, operation, target, rule, program, command, task]);
}
