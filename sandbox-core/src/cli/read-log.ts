import { SandboxError } from '../errors';
import { checkAuditLog, type AuditText } from '../monitor/audit-check';
import { auditTexts } from '../monitor/audit-file';
import type { AuditRecord } from '../monitor/audit-record';
import type { Output } from './output';

export interface LogFlags {
  readonly log?: string;
  readonly json?: boolean;
}

/** Hands out every record. A log that is not as it was written is still read, and that is said. */
export function readAuditLog({ log }: LogFlags, output: Output, onRecord: (record: AuditRecord) => void): void {
  if (log === undefined) throw new SandboxError('usage', 'expected an audit log, found none: name it with --log FILE or in SRT_AUDIT_LOG. srt --audit-log FILE writes one');
  const { findings } = checkAuditLog(readTexts(log), onRecord);
  const changed = findings.filter(({ kind }) => kind !== 'no-end');
  if (changed.length > 0) output.error(`srt: ${log} is not as it was written (${changed.length} ${changed.length === 1 ? 'finding' : 'findings'}); srt audit verify says where`);
}

/** A log with what was rotated out of it. Throws a SandboxError where it cannot be read. */
export function readTexts(path: string): Iterable<AuditText> {
  return unreadable(path, auditTexts(path));
}

function* unreadable(path: string, texts: Iterable<AuditText>): Generator<AuditText> {
  try {
    yield* texts;
  } catch (error) {
    throw new SandboxError('usage', `cannot read the audit log ${path}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`, { cause: error });
  }
}
