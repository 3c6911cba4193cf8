import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { fc } from '../../support/properties';
import { parseSeatbeltLog, seatbeltViolation } from 'sandbox-core/internal/monitor/seatbelt-log';

import { assertGolden, fixtures } from '../../support/golden';
import { policyOf, resolved } from '../../support/policies';

const SESSION = 'srt-5f0c';
const lines = readFileSync(join(fixtures, 'logs', 'seatbelt.ndjson'), 'utf8').split('\n').filter(Boolean);
const policy = resolved(policyOf({ filesystem: { denyRead: ['~/.ssh'], allowWrite: ['/repo'], denyWrite: ['/repo/.env'] } }));

const event = (eventMessage: unknown): string => JSON.stringify({ eventMessage });

describe('the log of Seatbelt', () => {
  it('gives the denials of this session, and nothing else', () => {
    assertGolden('golden/seatbelt-reports.txt', lines.map((line) => JSON.stringify(parseSeatbeltLog(line, SESSION) ?? 'not ours')).join('\n') + '\n');
  });

  it('gives violations with the rule that the policy has for them', () => {
    const now = new Date('2026-01-01T00:00:00Z');
    const violations = lines.map((line) => {
      const report = parseSeatbeltLog(line, SESSION);
      const found = report && seatbeltViolation(report, policy, { command: ['make'], task: 'build' }, now);
      return found ? JSON.stringify(found) : 'none';
    });
    assertGolden('golden/seatbelt-violations.txt', violations.join('\n') + '\n');
  });

  it('believes no tag but the one at the end, and no line that is too long', () => {
    assert.equal(parseSeatbeltLog(event(`Sandbox: cat(1) deny(1) file-read-data /a\n${SESSION}-1\nsrt-other-1`), SESSION), undefined);
    assert.equal(parseSeatbeltLog(event(`Sandbox: cat(1) deny(1) file-read-data /a\nsrt-other-1\n${SESSION}-1`), SESSION)?.target, '/a\nsrt-other-1');
    assert.equal(parseSeatbeltLog(event(`Sandbox: cat(1) deny(1) file-read-data /${'a'.repeat(70_000)}\n${SESSION}-1`), SESSION), undefined);
    assert.equal(parseSeatbeltLog(event({ eventMessage: 1 }), SESSION), undefined);
  });

  it('shows nothing of a target as it is that could steer a terminal', () => {
    const report = parseSeatbeltLog(event(`Sandbox: a\u001b]0;x\u0007(1) deny(1) file-write-create /repo/.env/\u202e\u001b[2J\n${SESSION}-1`), SESSION);
    const violation = seatbeltViolation(report!, policy, { command: ['x\u0007'] }, new Date());
    assert.doesNotMatch(JSON.stringify(violation), /\\u001b|\\u0007|\u202e/);
  });

  it('never fails, whatever the line', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), fc.string().map((text) => event(`Sandbox: ${text}\n${SESSION}-1`))), (line) => void parseSeatbeltLog(line, SESSION)));
  });
});
