import { violationsBlock } from '../agent/answers';
import type { LoadedPolicy } from '../host/policy-file';
import type { Session } from '../launch/session';
import type { Output } from './output';
import { summarizeViolations } from './summary';

/** What is printed on stderr about violations when a command has ended. */
export const REPORTS = ['summary', 'json', 'agent', 'none'] as const;
export type Report = (typeof REPORTS)[number];

/** `json` is one line, and there also if nothing was refused; the others are silent then. */
export function printReport(report: Report, { id, violations: { violations, totals } }: Pick<Session, 'id' | 'violations'>, loaded: LoadedPolicy, output: Output): void {
  if (report === 'json') return output.error(JSON.stringify({ version: 1, session: id, totals, violations }));
  if (report === 'none' || violations.length === 0) return;
  output.error(report === 'agent' ? violationsBlock(violations, loaded, process.cwd()) : summarizeViolations(violations, totals, loaded, output.style));
}
