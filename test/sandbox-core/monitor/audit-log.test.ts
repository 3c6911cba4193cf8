import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import { checkAuditLog } from 'sandbox-core/internal/monitor/audit-check';
import { auditTexts } from 'sandbox-core/internal/monitor/audit-file';
import { openAuditLog, type AuditLog } from 'sandbox-core/internal/monitor/audit-log';
import { auditLine, type AuditRecord } from 'sandbox-core/internal/monitor/audit-record';
import { createLoggedTotals } from 'sandbox-core/internal/monitor/logged-totals';
import { createTally } from 'sandbox-core/internal/monitor/tally';
import { createViolationStream, type ViolationStream } from 'sandbox-core/internal/monitor/violation-stream';
import type { Violation } from 'sandbox-core/policy';

import { temporaryDirectory } from '../../support/temporary';

const violation = (target: string): Violation => ({ version: 1, kind: 'filesystem', operation: 'write', target, source: 'kernel', rule: { kind: 'default', pointer: '/filesystem/allowWrite' }, reason: 'x', time: '2026-01-01T00:00:00.000Z', count: 1 });

function open(file: string, session: string, maxBytes?: number): { readonly log: AuditLog; readonly stream: ViolationStream } {
  const log = openAuditLog({ file, ...(maxBytes !== undefined && { maxBytes }) }, (error) => assert.fail(error));
  const stream = createViolationStream({ session });
  log.start({ session, directory: '/repo', policy: 'p', policyFiles: [] }, stream);
  return { log, stream };
}

function read(file: string): { readonly records: AuditRecord[]; readonly findings: string[] } {
  const records: AuditRecord[] = [];
  const { findings } = checkAuditLog(auditTexts(file), (record) => records.push(record));
  return { records, findings: findings.map(({ kind }) => kind) };
}

const newLog = (context: TestContext): string => join(temporaryDirectory(context), 'audit.jsonl');
const counted = (records: readonly AuditRecord[]): number => records.reduce((sum, record) => sum + (record.type === 'violation' ? record.violation.count : 0), 0);

describe('the audit log', () => {
  it('is shared by sessions, also when one of them rotates it', (context) => {
    const file = newLog(context);
    const sessions = ['a', 'b', 'c'].map((id) => open(file, id, 20_000));
    for (let number = 0; number < 60; number++) for (const { stream } of sessions) stream.add(violation(`/etc/${number}`));
    for (const { log } of sessions) log.end({ hosts: [], allowed: [] });
    const { records, findings } = read(file);
    assert.deepEqual(findings, []);
    assert.equal(counted(records), 180);
    const files = [...auditTexts(file)].map((text) => text.file);
    assert.ok(files.length > 2);
    for (const path of files) assert.ok(statSync(path).size <= 20_000 && (statSync(path).mode & 0o777) === 0o600);
  });

  it('shows that a session is gone altogether, at the next record of any other', (context) => {
    const [file, kept] = [newLog(context), newLog(context)];
    const a = open(file, 'a');
    const c = open(file, 'c');
    c.stream.add(violation('/etc/shadow'));
    c.log.end({ hosts: [], allowed: [] });
    a.stream.add(violation('/etc/a'));
    a.log.end({ hosts: [], allowed: [] });
    open(file, 'd').log.end({ hosts: [], allowed: [] });
    assert.deepEqual(read(file).findings, []);
    const lines = readFileSync(file, 'utf8').split('\n');
    const without = (isGone: (line: string) => boolean): string[] => {
      writeFileSync(kept, lines.filter((line) => !isGone(line)).join('\n'));
      return read(kept).findings;
    };
    assert.deepEqual(without((line) => line.includes('"session":"c"')), ['lines-missing']);
    assert.deepEqual(without((line) => line.includes('"session":"a"')), ['history-missing', 'history-missing']); // before c, and before d
    // Also where no other session went on: the next one to begin knows.
    const killed = newLog(context);
    open(killed, 'b');
    open(killed, 'c').log.end({ hosts: [], allowed: [] });
    open(killed, 'd').log.end({ hosts: [], allowed: [] });
    writeFileSync(killed, readFileSync(killed, 'utf8').split('\n').filter((line) => !line.includes('"session":"c"')).join('\n'));
    assert.deepEqual(read(killed).findings, ['history-missing', 'no-end']);
  });

  it('shows that a file in the middle is gone, or its last lines', (context) => {
    const file = newLog(context);
    for (let number = 0; number < 30; number++) {
      const { log, stream } = open(file, `s${number}`, 3000);
      stream.add(violation(`/etc/${number}`));
      log.end({ hosts: [], allowed: [] });
    }
    const texts = [...auditTexts(file)];
    assert.ok(texts.length > 4);
    assert.deepEqual(read(file).findings, texts.length > 8 ? ['history-missing'] : []);
    const before = read(file).findings.length;
    writeFileSync(texts[1]!.file, texts[1]!.text.split('\n').slice(0, -2).join('\n') + '\n');
    assert.ok(read(file).findings.length > before);
    unlinkSync(texts[1]!.file);
    assert.ok(read(file).findings.length > before);
  });

  it('holds nothing once it was emptied, and its next record says that something was there', (context) => {
    const file = newLog(context);
    const { log, stream } = open(file, 'a');
    truncateSync(file);
    assert.deepEqual(read(file).findings, ['empty']);
    stream.add(violation('/etc/x'));
    log.end({ hosts: [], allowed: [] });
    assert.deepEqual(read(file).findings, ['no-start']);
    truncateSync(file);
    open(file, 'b').log.end({ hosts: [], allowed: [] });
    assert.deepEqual(read(file).findings, []); // a new log: nobody is left who knows of the other
  });

  it('goes on in a log of an older version, and says how much of it is not in the chain', (context) => {
    const file = newLog(context);
    const { line, hash } = auditLine({ audit: 1, session: 'old', seq: 0, previous: null, time: '2026-01-01T00:00:00.000Z', type: 'start', directory: '/repo', policy: 'p', policyFiles: [], after: null });
    const end = auditLine({ audit: 1, session: 'old', seq: 1, previous: hash, time: '2026-01-01T00:00:00.000Z', type: 'end', totals: { refused: 0, ignored: 0, pushedOut: 0, byRule: [] }, hosts: [] });
    writeFileSync(file, `${line}\n${end.line}\n`);
    open(file, 'new').log.end({ hosts: [], allowed: [] });
    const { findings, unchained } = checkAuditLog(auditTexts(file));
    assert.deepEqual([findings, unchained], [[], 2]);
    writeFileSync(file, readFileSync(file, 'utf8').split('\n').slice(1).join('\n'));
    assert.deepEqual(read(file).findings, ['no-start', 'lines-missing']);
  });

  it('keeps a bounded number of files', (context) => {
    const file = newLog(context);
    const { log, stream } = open(file, 'a', 2000);
    for (let number = 0; number < 100; number++) stream.add(violation(`/etc/${number}`));
    log.end({ hosts: [], allowed: [] });
    assert.equal(readdirSync(join(file, '..')).length, 9);
    assert.deepEqual(read(file).findings, ['no-start']);
  });

  it('takes few records for a loop, and bounded ones for a flood, with the counts right', (context) => {
    const file = newLog(context);
    const { log, stream } = open(file, 'a');
    for (let time = 0; time < 12_345; time++) stream.add(violation('/etc/same'));
    log.end({ hosts: [], allowed: [] });
    const { records } = read(file);
    assert.deepEqual(records.flatMap((record) => (record.type === 'violation' ? record.violation.count : [])), [1, 9, 90, 900, 9000, 2345]);
    const flood = open(file, 'b');
    for (let number = 0; number < 50_000; number++) flood.stream.add(violation(`/etc/${number}`));
    flood.log.end({ hosts: [{ name: 'a.test', connections: 2, refused: 0 }], allowed: [] });
    const ofFlood = read(file).records.filter(({ session }) => session === 'b');
    assert.equal(counted(ofFlood), 10_000);
    assert.ok(ofFlood.length < 10_010);
    const end = ofFlood.at(-1)!;
    assert.equal(end.type === 'end' && end.totals.refused, 50_000);
    assert.deepEqual(read(file).findings, []);
  });

  it('has examples of every rule and operation, whatever floods, and knows what it has no record of', (context) => {
    const file = newLog(context);
    const { log, stream } = open(file, 'a');
    for (let number = 0; number < 30_000; number++) stream.add(violation(`/etc/${number}`));
    stream.add({ ...violation('/ws/secret/key'), operation: 'read', rule: { kind: 'policy', pointer: '/filesystem/denyRead/0' } });
    log.end({ hosts: [], allowed: [] });
    const logged = createLoggedTotals();
    const { records } = read(file);
    records.forEach(logged.add);
    assert.equal(records.filter((record) => record.type === 'violation' && record.violation.operation === 'read').length, 1);
    assert.equal(logged.notRecorded, 20_000);
    assert.deepEqual(logged.totals(1000), { refused: 30_001, ignored: 0, pushedOut: 29_001, byRule: [{ rule: { kind: 'default', pointer: '/filesystem/allowWrite' }, count: 30_000 }, { rule: { kind: 'policy', pointer: '/filesystem/denyRead/0' }, count: 1 }] });
  });
});

describe('a tally', () => {
  it('keeps counts of what comes most often, also if it comes late, and none is too high', () => {
    const tally = createTally(10);
    for (let number = 0; number < 1000; number++) tally.add(`rare ${number}`, 1);
    for (let time = 0; time < 5; time++) tally.add('often', 1);
    for (let number = 0; number < 1000; number++) tally.add(`rare again ${number}`, 1);
    const [others, often, ...rest] = tally.mostFirst();
    assert.deepEqual([others?.name, often], ['(others)', { name: 'often', count: 5 }]);
    assert.equal(rest.length, 9);
    assert.equal([others!, often!, ...rest].reduce((sum, { count }) => sum + count, 0), 2005);
  });
});
