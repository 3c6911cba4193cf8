import type { Problem } from 'sandbox-core/policy';

import { positionOf } from './positions';

/** A problem in a golden file: its place, what it is, and the fixes that are offered. */
export function describeProblem(text: string, { severity, code, range, pointer, message, fixes = [] }: Problem): string {
  const lines = fixes.map(({ title, preferred }) => `    fix: ${title}${preferred ? ' (preferred)' : ''}`);
  return [`${positionOf(text, range.offset)}+${range.length} ${severity} ${code} ${pointer ?? '-'}`, `    ${message}`, ...lines].join('\n');
}
