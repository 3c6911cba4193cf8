import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { createOutput } from 'sandbox-core/internal/cli/output';
import { summarizeViolations } from 'sandbox-core/internal/cli/summary';
import { createViolationStream } from 'sandbox-core/internal/monitor/violation-stream';
import { absolutePath, type Violation } from 'sandbox-core/policy';

import { policyOf } from '../support/policies';

function summaryOf(...violations: (Pick<Violation, 'kind' | 'operation' | 'target' | 'rule' | 'reason'> & Partial<Pick<Violation, 'program'>>)[]): string[] {
  const stream = createViolationStream();
  for (const violation of violations) stream.add({ version: 1, source: 'kernel', time: '2026-01-01T00:00:00.000Z', count: 1, ...violation });
  const { style } = createOutput({ write: () => true }, { write: () => true }, {});
  return summarizeViolations(stream.violations, stream.totals, { policy: policyOf(), sources: [], leftOut: [] }, style, { home: absolutePath('/home/me'), base: absolutePath('/home/me/project'), exists: (path) => ['/home/me/.foo', '/home/me/.cargo', '/home/me/.config', '/home/me/project', '/etc/hosts', '/home/me', '/'].includes(path) }).split('\n').map((line) => line.trim());
}

describe('the summary after a run', () => {
  const host = (target: string) => ({ kind: 'network', operation: 'resolve', target, rule: { kind: 'default', pointer: '/network/allowedDomains' }, reason: 'no entry of allowedDomains covers it' }) as const;

  it('has one fix for things that one list lacks', () => {
    assert.ok(summaryOf(host('a.test')).includes('fix: Add "a.test" to network.allowedDomains'));
    assert.ok(summaryOf(host('a.test'), host('b.test')).includes('fix: Add "a.test", "b.test" to network.allowedDomains; srt learn proposes fewer, wider entries'));
    assert.ok(summaryOf(host('a.test'), host('169.254.169.254'), host('metadata.google.internal')).includes('fix: Add "a.test" to network.allowedDomains'));
    assert.ok(!summaryOf(host('169.254.169.254')).some((line) => line.startsWith('fix:')));
    assert.ok(summaryOf(...['a', 'b', 'c', 'd', 'e'].map((name) => host(`${name}.test`))).includes('fix: Add "a.test", "b.test", "c.test" and 2 more to network.allowedDomains; srt learn proposes fewer, wider entries'));
  });

  it('offers entries that work and open nothing dangerous', () => {
    const write = (target: string) => ({ kind: 'filesystem', operation: 'write', target, rule: { kind: 'default', pointer: '/filesystem/allowWrite' }, reason: 'no entry of allowWrite covers it' }) as const;
    const fixOf = (...targets: string[]): string | undefined => summaryOf(...targets.map(write)).find((line) => line.startsWith('fix:'));
    assert.equal(fixOf('/home/me/.foo/registry/index', '/home/me/.foo/.lock'), 'fix: Add "~/.foo" to filesystem.allowWrite');
    assert.equal(fixOf('/etc/hosts', '/home/me/project/new'), 'fix: Add "~/project" to filesystem.allowWrite');
    for (const target of ['/home/me/.config/new/file', '/home/me/.cargo/registry']) assert.equal(fixOf(target), 'fix: srt learn proposes entries that go no further than needed', target);
    for (const target of ['/etc/hosts', '/home/me/.ssh/id', '/opt/new', '/home/me/.bashrc', '/home/me/.foo/.npmrc', '/home/me/.foo/x/.git/hooks/pre-commit', '/home/me/.config/autostart/x.desktop']) assert.equal(fixOf(target), undefined, target);
  });

  it('shows nothing of an edited log that a terminal would act on', () => {
    assert.ok(summaryOf({ ...host('a.test'), program: '/x/\u001b[31m' }).includes('resolve  a.test (\ufffd[31m)'));
  });

  it('says why a built-in protection is there, and offers no fix for it', () => {
    const lines = summaryOf({ kind: 'filesystem', operation: 'write', target: '/repo/.git/hooks/x', rule: { kind: 'built-in', name: 'git-hooks' }, reason: 'denied by the built-in rule git-hooks' });
    assert.ok(lines.includes('git runs hooks on your next commit, checkout or push'));
    assert.ok(!lines.some((line) => line.startsWith('fix:')));
  });
});
