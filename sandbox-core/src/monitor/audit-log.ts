import type { Violation } from '../policy';
import { openAuditFile } from './audit-file';
import { auditLine, type AuditedCall, type AuditEvent } from './audit-record';
import { groupOf } from './kept-violations';
import { identity, type ViolationStream } from './violation-stream';

const MAX_BYTES = 32 * 1024 * 1024;
/** Violation records of one session, and records of brokered commands: one that floods must not push the others out of the log. */
const MAX_RECORDS = 10_000;
/** Of one rule and operation, past that number: what else was refused is in the log all the same. */
const MAX_EXAMPLES = 100;
/** Rules and operations with examples: more than policies have, but their number is not ours to choose. */
const MAX_GROUPS = 10_000;
/** Distinct violations whose repetitions are counted before they are written. */
const MAX_PENDING = 1000;

/** What of a session is in its start record. */
export interface AuditStart {
  readonly session: string;
  readonly directory: string;
  /** SHA-256 of the policy as JSON. */
  readonly policy: string;
  readonly policyFiles: readonly string[];
}

export interface AuditOptions {
  readonly file: string;
  /** Bytes; a larger log is rotated. 32 MiB unless given. */
  readonly maxBytes?: number;
}

export interface AuditLog {
  start(start: AuditStart, violations: ViolationStream): void;
  brokered(call: AuditedCall): void;
  end(used: Pick<Extract<AuditEvent, { type: 'end' }>, 'hosts' | 'allowed' | 'paths'>): void;
}

/**
 * Opens the log. Throws what the system says; later failures are told to `failed` once, and end the log.
 */
export function openAuditLog({ file: path, maxBytes = MAX_BYTES }: AuditOptions, failed: (error: Error) => void): AuditLog {
  const file = openAuditFile(path, maxBytes);
  let chain: { session: string; seq: number; previous: string | null } | undefined;
  let stream: ViolationStream | undefined;
  const write = (event: AuditEvent): void => {
    if (!chain) return;
    const record = { audit: 1 as const, ...chain, time: new Date().toISOString(), ...event };
    try {
      const previous = file.append((log) => auditLine({ ...record, log }));
      chain = { session: chain.session, seq: chain.seq + 1, previous };
    } catch (error) {
      chain = undefined;
      failed(error instanceof Error ? error : new Error(String(error)));
    }
  };
  let calls = 0;
  const counted = createCounter(write, () => stream);
  return {
    start({ session, ...start }, violations) {
      chain = { session, seq: 0, previous: null };
      stream = violations;
      write({ type: 'start', ...start, after: file.last });
      violations.onViolation(counted.add);
    },
    brokered(call) {
      if (++calls <= MAX_RECORDS) write({ type: 'brokered', call });
    },
    end(used) {
      counted.flush();
      if (stream) write({ type: 'end', totals: stream.totals, ...used });
      chain = undefined;
      file.close();
    },
  };
}

interface Pending {
  violation: Violation;
  written: number;
  waiting: number;
}

/** Writes a violation at its first time, its 10th, 100th and so on: a loop leaves few records, and a killed session nearly all it counted. */
function createCounter(write: (event: AuditEvent) => void, stream: () => ViolationStream | undefined): { add(violation: Violation, added: number): void; flush(): void } {
  const pending = new Map<string, Pending>();
  let records = 0;
  let nextTotals = 0;
  const written = new Map<string, number>();
  const mayWrite = (violation: Violation): boolean => {
    const group = groupOf(violation);
    const ofGroup = (written.get(group) ?? 0) + 1;
    if (written.has(group) || written.size < MAX_GROUPS) written.set(group, ofGroup);
    return ++records <= MAX_RECORDS || (ofGroup <= MAX_EXAMPLES && written.has(group));
  };
  const flushOne = (entry: Pending): void => {
    if (entry.waiting === 0) return;
    if (mayWrite(entry.violation)) write({ type: 'violation', violation: { ...entry.violation, count: entry.waiting } });
    entry.written += entry.waiting;
    entry.waiting = 0;
  };
  const flushOldest = (): void => {
    const [oldest] = pending;
    if (!oldest) return;
    flushOne(oldest[1]);
    pending.delete(oldest[0]);
  };
  return {
    add(violation, added) {
      const totals = records > MAX_RECORDS ? stream()?.totals : undefined;
      if (totals && totals.refused >= nextTotals) {
        write({ type: 'totals', totals });
        nextTotals = 2 * totals.refused;
      }
      const key = identity(violation);
      const entry = pending.get(key) ?? { violation, written: 0, waiting: 0 };
      pending.delete(key);
      pending.set(key, entry);
      entry.violation = violation;
      entry.waiting += added;
      if (entry.written === 0 || entry.written + entry.waiting >= 10 ** (Math.floor(Math.log10(entry.written)) + 1)) flushOne(entry);
      if (pending.size > MAX_PENDING) flushOldest();
    },
    flush: () => pending.forEach(flushOne),
  };
}
