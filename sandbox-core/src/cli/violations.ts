import { loadPolicy, type LoadedPolicy } from '../host/policy-file';
import { policyDigest } from '../launch/audit';
import { createLoggedTotals } from '../monitor/logged-totals';
import { createViolationStream } from '../monitor/violation-stream';
import type { Violation } from '../policy';
import { loadOptions, type LayerFlags } from './layers';
import type { Output } from './output';
import { readAuditLog, type LogFlags } from './read-log';
import { summarizeViolations } from './summary';
import { isMeant, type ViolationFilter } from './violation-filter';

/** `srt violations`: the same thing counted over all sessions of the log. */
export function violationsCommand(options: LogFlags & LayerFlags & ViolationFilter, output: Output): number {
  const loaded = loadPolicy(options.settings, loadOptions(options));
  const digest = policyDigest(loaded.policy);
  const stream = createViolationStream();
  const policies = new Set([digest]);
  const logged = createLoggedTotals();
  readAuditLog(options, output, (record) => {
    if (record.type === 'start') policies.add(record.policy);
    if (record.session.startsWith(options.session ?? '')) logged.add(record);
    if (record.type === 'violation' && isMeant(record.violation, options)) stream.add(options.json === true ? record.violation : withoutCommand(record.violation));
  });
  const { violations } = stream;
  // Totals are of whole sessions: of a part, only the records can be counted.
  const isWhole = ['only', 'target', 'program', 'since'].every((name) => !(name in options));
  const totals = isWhole ? logged.totals(violations.reduce((sum, { count }) => sum + count, 0)) : stream.totals;
  const { notRecorded } = logged;
  const isSamePolicy = policies.size === 1;
  if (options.json === true) output.result(JSON.stringify({ version: 1, totals, notRecorded, violations }, null, 2));
  else if (violations.length === 0) output.result(nothingFound(isWhole && !('session' in options), notRecorded));
  else {
    if (!isSamePolicy) output.error('srt: the policy was another one in some of the sessions, so rules are named without their lines');
    output.result(summarizeViolations(violations, totals, isSamePolicy ? loaded : withoutFiles(loaded), output.resultStyle));
  }
  if (!isWhole && notRecorded > 0) output.error(`srt: ${notRecorded} more were refused that the log only counts, by rule; whether they are among what was asked for, it does not say`);
  return 0;
}

function nothingFound(isAll: boolean, notRecorded: number): string {
  if (!isAll) return notRecorded > 0 ? 'no record is like that' : 'nothing like that was refused';
  return notRecorded > 0 ? 'no record is left' : 'nothing was refused';
}

/** Shown are the program and the target: the same from several commands is one line. */
function withoutCommand({ command: _, task: __, ...violation }: Violation): Violation {
  return violation;
}

/** Lines of today's files may hold other rules than those that refused. */
function withoutFiles({ policy }: LoadedPolicy): LoadedPolicy {
  return { policy, sources: [], leftOut: [] };
}
