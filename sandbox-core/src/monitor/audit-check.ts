import { followChain } from './audit-chain';
import type { AuditRecord } from './audit-record';
import { parseAuditLine } from './audit-record';

export interface AuditText {
  readonly file: string;
  readonly text: string;
}

/** @property line from 1; absent: about the session as a whole */
export interface AuditFinding {
  readonly file: string;
  readonly line?: number;
  readonly session?: string;
  readonly kind: 'not-a-record' | 'cut' | 'edited' | 'missing' | 'replaced' | 'repeated' | 'no-start' | 'no-end' | 'history-missing' | 'lines-missing' | 'empty';
  readonly message: string;
}

/** @property head the hash of a session's last record; kept elsewhere, it shows whether the log was written anew */
export interface AuditedSession {
  readonly session: string;
  readonly records: number;
  readonly ended: boolean;
  readonly head: string;
}

/**
 * @property unchained records of older versions, which do not say what the file held: a session whose lines are all gone need not show among them
 * @property head the hash of the last record of all; with what it names, it stands for the whole log
 */
export interface AuditCheck {
  readonly findings: readonly AuditFinding[];
  readonly sessions: readonly AuditedSession[];
  readonly unchained: number;
  readonly head: string | null;
}

interface Chain {
  file: string;
  records: number;
  ended: boolean;
  seq: number;
  head: string;
}

/** Whether the log is as it was written. Texts in the order in which they were; `onRecord` gets each record, with whether it is intact. */
export function checkAuditLog(texts: Iterable<AuditText>, onRecord: (record: AuditRecord) => void = () => undefined): AuditCheck {
  const findings: AuditFinding[] = [];
  const chains = new Map<string, Chain>();
  const seen = new Set<string>();
  const chain = followChain();
  let unchained = 0;
  let last = { file: '', head: null as string | null };
  for (const { file, text } of texts) {
    last = { ...last, file };
    chain.nextFile();
    for (const [index, line] of linesOf(text).entries()) {
      const place = { file, line: index + 1 };
      const parsed = parseAuditLine(line);
      if (!parsed) {
        const isCut = line.startsWith('{"audit":1,');
        findings.push({ ...place, kind: isCut ? 'cut' : 'not-a-record', message: isCut ? 'a record that breaks off, or was edited: it does not end with its hash' : 'not a record of an audit log' });
        chain.follow(line);
        continue;
      }
      const { record, edited } = parsed;
      const isFirst = seen.size === 0;
      const agrees = chain.agrees(record.log);
      const finding = edited ? EDITED : (checkPlace(record, chains.get(record.session), seen) ?? (agrees === false ? unlikeWritten(isFirst) : undefined));
      if (finding) findings.push({ ...place, session: record.session, ...finding });
      if (finding?.kind !== 'repeated') chain.follow(line);
      if (agrees === undefined) unchained++;
      last = { file, head: record.hash };
      follow(record, file, chains);
      seen.add(record.hash);
      onRecord(record);
    }
  }
  for (const [session, { ended, file, records }] of chains) if (!ended) findings.push({ file, session, kind: 'no-end', message: `no end record after ${records} records: the session was killed, still runs, or the rest was cut off` });
  if (last.head === null && findings.length === 0) findings.push({ file: last.file, kind: 'empty', message: 'holds nothing: no session was recorded, or all of it was removed' });
  return { findings, sessions: [...chains].map(([session, { records, ended, head }]) => ({ session, records, ended, head })), unchained, head: last.head };
}

const EDITED = { kind: 'edited', message: 'edited: its hash is of something else' } as const;

function unlikeWritten(isFirst: boolean): Pick<AuditFinding, 'kind' | 'message'> {
  if (isFirst) return { kind: 'history-missing', message: 'what the log held before this record is missing: removed, or rotated out' };
  return { kind: 'lines-missing', message: 'the lines before this record are not those that were there when it was written: some are missing, or were put in' };
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function checkPlace(record: AuditRecord, chain: Chain | undefined, seen: ReadonlySet<string>): Pick<AuditFinding, 'kind' | 'message'> | undefined {
  const { seq, previous } = record;
  if (!chain) {
    if (seq !== 0 || record.type !== 'start') return { kind: 'no-start', message: `the session's first ${seq} records are missing: removed, or rotated out` };
    const isLost = record.after !== null && !seen.has(record.after);
    return isLost ? { kind: 'history-missing', message: 'the record that the log ended with when this session began is missing: removed, or rotated out' } : undefined;
  }
  const expected = chain.seq + 1;
  if (seq > expected) return { kind: 'missing', message: `${seq - expected} ${seq - expected === 1 ? 'record is' : 'records are'} missing before this one` };
  if (seq < expected) return { kind: 'repeated', message: `record ${seq} again, or out of order: ${expected} was expected` };
  return previous === chain.head ? undefined : { kind: 'replaced', message: 'the record before is not the one that was written' };
}

function follow({ session, seq, hash, type }: AuditRecord, file: string, chains: Map<string, Chain>): void {
  const before = chains.get(session);
  chains.set(session, { file, records: (before?.records ?? 0) + 1, ended: type === 'end', seq: Math.max(seq, before?.seq ?? 0), head: hash });
}
