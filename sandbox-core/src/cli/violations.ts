import { loadPolicy, type LoadedPolicy } from '../host/policy-file';
import { policyDigest } from '../launch/audit';
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
  readAuditLog(options, output, (record) => {
    if (record.type === 'start') policies.add(record.policy);
    if (record.type === 'violation' && isMeant(record.violation, options)) stream.add(options.json === true ? record.violation : withoutCommand(record.violation));
  });
  const { violations, totals } = stream;
  const isSamePolicy = policies.size === 1;
  if (options.json === true) output.result(JSON.stringify({ version: 1, totals, violations }, null, 2));
  else if (violations.length === 0) output.result(['only', 'target', 'program', 'session', 'since'].some((name) => name in options) ? 'nothing like that was refused' : 'nothing was refused');
  else {
    if (!isSamePolicy) output.error('srt: the policy was another one in some of the sessions, so rules are named without their lines');
    output.result(summarizeViolations(violations, totals, isSamePolicy ? loaded : withoutFiles(loaded), output.resultStyle));
  }
  return 0;
}

/** Shown are the program and the target: the same from several commands is one line. */
function withoutCommand({ command: _, task: __, ...violation }: Violation): Violation {
  return violation;
}

/** Lines of today's files may hold other rules than those that refused. */
function withoutFiles({ policy }: LoadedPolicy): LoadedPolicy {
  return { policy, sources: [], leftOut: [] };
}
