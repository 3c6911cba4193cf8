import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { SandboxError } from '../errors';
import { checkAuditLog, type AuditText } from '../monitor/audit-check';
import { auditFiles } from '../monitor/audit-file';
import type { AuditRecord } from '../monitor/audit-record';
import type { Output } from './output';

export interface LogFlags {
  readonly log?: string;
  readonly json?: boolean;
}

/** A log with what was rotated out of it, one file in memory at a time. */
export function* auditTexts(path: string): Generator<AuditText> {
  for (const file of attempt(path, () => auditFiles(resolve(path)))) yield { file: file === resolve(path) ? path : file, text: attempt(file, () => readFileSync(file, 'utf8')) };
}

/** Hands out every record. A log that is not as it was written is still read, and that is said. */
export function readAuditLog({ log }: LogFlags, output: Output, onRecord: (record: AuditRecord) => void): void {
  if (log === undefined) throw new SandboxError('usage', 'expected an audit log, found none: name it with --log FILE or in SRT_AUDIT_LOG. srt --audit-log FILE writes one');
  const { findings } = checkAuditLog(auditTexts(log), onRecord);
  const changed = findings.filter(({ kind }) => kind !== 'no-end');
  if (changed.length > 0) output.error(`srt: ${log} is not as it was written (${changed.length} ${changed.length === 1 ? 'finding' : 'findings'}); srt audit verify says where`);
}

function attempt<Result>(path: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new SandboxError('usage', `cannot read the audit log ${path}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`, { cause: error });
  }
}
