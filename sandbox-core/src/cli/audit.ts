import { checkAuditLog, type AuditFinding } from '../monitor/audit-check';
import { printable } from '../policy';
import type { Output } from './output';
import { readTexts } from './read-log';

/** `srt audit verify FILE…`: exit 1 unless all of it is as it was written. */
export function auditVerifyCommand(files: readonly string[], { json }: { readonly json?: boolean }, output: Output): number {
  const checks = files.map((file) => ({ file, ...checkAuditLog(readTexts(file)) }));
  const isIntact = checks.every(({ findings }) => findings.length === 0);
  if (json === true) output.result(JSON.stringify(checks, null, 2));
  else for (const { file, findings, sessions, unchained, head } of checks) {
    for (const finding of findings) output.result(`${describePlace(finding)} ${output.resultStyle.red(finding.kind)}  ${finding.message}`);
    const records = sessions.reduce((sum, session) => sum + session.records, 0);
    output.result(`${file}: ${sessions.length} sessions, ${records} records, ${findings.length === 0 ? 'intact' : `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`}`);
    if (unchained > 0) output.result(`  ${unchained} ${unchained === 1 ? 'record is' : 'records are'} of an older version and checked within ${unchained === 1 ? 'its session' : 'their sessions'} only: a session whose lines are all gone need not show among them`);
    if (head !== null) output.result(output.resultStyle.dim(`  last record: ${head}`));
  }
  return isIntact ? 0 : 1;
}

function describePlace({ file, line, session }: AuditFinding): string {
  return `${file}${line === undefined ? '' : `:${line}`}:${session === undefined ? '' : ` session ${printable(session)}:`}`;
}
