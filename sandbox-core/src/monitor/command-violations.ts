import type { Violation } from '../policy';
import { createKeptViolations } from './kept-violations';
import type { ViolationStream } from './violation-stream';

/** Kept of one command. */
const MAX_VIOLATIONS = 1000;

/** What one command was refused, from now on. */
export interface CommandViolations {
  /** The same thing is in it once, whichever programs tried it, with how often this command did. */
  violations(): Violation[];
  close(): void;
}

/** @param task what the command's violations are known by; unique among the commands that run */
export function violationsOf(stream: Pick<ViolationStream, 'onViolation'>, task: string): CommandViolations {
  const kept = createKeptViolations(MAX_VIOLATIONS);
  const close = stream.onViolation((violation, added) => {
    if (violation.task !== task) return;
    const key = JSON.stringify([violation.operation, violation.target, violation.rule]);
    kept.set(key, { ...violation, count: added + (kept.get(key)?.count ?? 0) }); // the stream's own count has that of an earlier command of this name, too
  });
  return { violations: kept.values, close };
}
