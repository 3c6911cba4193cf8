import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { describe, it } from 'node:test';

import { callViolation, networkViolation, pathViolation, type PathReport } from 'sandbox-core/internal/monitor/reports';
import { describeViolations } from 'sandbox-core/internal/agent/answers';
import { violationsOf } from 'sandbox-core/internal/monitor/command-violations';
import { isIgnored } from 'sandbox-core/internal/monitor/ignored';
import { createViolationStream } from 'sandbox-core/internal/monitor/violation-stream';
import { absolutePath, applyEdit, describeViolation, validatePolicy, violationFixes, type FixPlace, type Violation } from 'sandbox-core/policy';

import { BASE, HOME, policyOf, resolved } from '../../support/policies';

const NOW = new Date('2026-01-02T03:04:05Z');
const source = policyOf({ network: { allowedDomains: ['a.test'], deniedDomains: ['b.test'] }, filesystem: { denyRead: ['~/.ssh'], allowWrite: ['.'], denyWrite: ['./.env'] } });
const policy = resolved(source);
/** What is there; all else is missing. */
const PRESENT = ['/', '/repo', '/repo/made', '/srv/a', '/srv', '/etc', '/etc/a', '/usr/bin/ls', '/usr/bin', '/home/me', '/home/me/projects', '/home/me/projects/notes', '/home/me/.tool', '/home/me/.tool/state', '/home/me/.local/bin'].map(absolutePath);
const place: FixPlace = { base: BASE, home: HOME, exists: (path) => PRESENT.includes(path) };
const info = { command: ['make', 'all'], task: 'task build' };

function report(operation: string, path: string, reason = 'read-only'): Violation | undefined {
  const made: PathReport = { operation, reason, pid: 7, program: '/usr/bin/touch', path };
  return pathViolation(made, policy, info, NOW);
}

describe('violations', () => {
  it('name the rule that decided, the program and the command', () => {
    assert.deepEqual(report('open', '/repo/.env'), {
      version: 1, kind: 'filesystem', operation: 'write', target: '/repo/.env', source: 'kernel', rule: { kind: 'policy', pointer: '/filesystem/denyWrite/0' },
      reason: 'denied by "./.env" in denyWrite', pid: 7, program: '/usr/bin/touch', command: ['make', 'all'], task: 'task build', time: '2026-01-02T03:04:05.000Z', count: 1,
    }); // prettier-ignore
  });

  it('are not made of what the policy allows: then the disk refused, not the sandbox', () => {
    assert.equal(report('open', '/repo/file-on-a-read-only-disk'), undefined);
    assert.equal(report('open', '/usr/bin/x', 'masked'), undefined);
  });

  it('are made of a name that an entry of its own allows, where only its directory could give or take it', () => {
    const file = resolved(policyOf({ filesystem: { allowWrite: ['./made/file'] } }));
    const make = (operation: string, path: string): Violation | undefined => pathViolation({ operation, reason: 'read-only', pid: 7, program: '/usr/bin/touch', path }, file, info, NOW);
    const created = make('create', '/repo/made/file')!;
    assert.equal(created.reason, 'allowed by "./made/file" in allowWrite, but not its directory: a file that is there can be written, not made or removed');
    assert.deepEqual(violationFixes(created, place).map(({ title }) => title), ['Allow writing everything in /repo/made in this policy']);
    assert.equal(make('open', '/repo/made/file')?.operation, 'write', 'what is there would have been written');
    assert.equal(make('change', '/repo/made/file'), undefined);
  });

  it('show no control characters from inside the sandbox', () => {
    assert.equal(report('create', '/etc/a\u001b[2Jb\nc\u202e')?.target, '/etc/a\uFFFD[2Jb\uFFFDc\uFFFD');
  });

  it('are counted instead of repeated, in a bounded store', () => {
    const stream = createViolationStream({ limit: 2 });
    const heard: number[] = [];
    const stopListening = stream.onViolation(({ count }) => heard.push(count));
    for (let time = 0; time < 3; time++) stream.add(report('open', '/etc/a')!);
    stopListening();
    stream.add(report('open', '/etc/b')!);
    stream.add(report('open', '/etc/c')!);
    assert.deepEqual(heard, [1, 2, 3]);
    assert.deepEqual(stream.violations.map(({ target, count }) => [target, count]), [['/etc/b', 1], ['/etc/c', 1]]);
  });

  it('reach every listener, whatever another one throws', async () => {
    const stream = createViolationStream();
    const heard: string[] = [];
    stream.onViolation(() => { throw new Error('of the listener'); });
    stream.onViolation(({ target }) => heard.push(target));
    const warned = once(process, 'warning');
    stream.add(report('open', '/etc/a')!);
    assert.deepEqual([heard, ((await warned)[0] as Error).message], [['/etc/a'], 'of the listener']);
  });

  it('are counted per rule even if their records are pushed out', () => {
    const stream = createViolationStream({ limit: 10 });
    for (let number = 0; number < 1000; number++) stream.add(report('open', `/etc/${number}`)!);
    for (let time = 0; time < 3; time++) stream.add(report('open', '/repo/.env')!);
    assert.equal(stream.violations.length, 10);
    assert.deepEqual(stream.totals, {
      refused: 1003, ignored: 0, pushedOut: 991,
      byRule: [{ rule: { kind: 'default', pointer: '/filesystem/allowWrite' }, count: 1000 }, { rule: { kind: 'policy', pointer: '/filesystem/denyWrite/0' }, count: 3 }],
    }); // prettier-ignore
  });

  it('keep examples of every rule and operation, whatever floods after them', () => {
    const stream = createViolationStream({ limit: 10 });
    const refused = violationsOf(stream, 'task build');
    stream.add(report('read', '/home/me/.ssh/id')!);
    stream.add(report('open', '/repo/.env')!);
    for (let number = 0; number < 5000; number++) stream.add(report('open', `/etc/${number}`)!);
    for (const kept of [stream.violations, refused.violations().slice(0, 2)]) assert.deepEqual(kept.slice(0, 2).map(({ target }) => target), ['/home/me/.ssh/id', '/repo/.env']);
    assert.equal(stream.violations.at(-1)?.target, '/etc/4999');
    assert.equal(stream.violations.length, 10);
    assert.match(describeViolations([...refused.violations()], undefined, '/repo'), /^\(50 of 1000, the last of each rule\)\nread \/home\/me\/\.ssh\/id: /);
  });

  it('of one command are counted over its programs, and without those of an earlier command of its name', () => {
    const stream = createViolationStream();
    stream.add(report('open', '/etc/a')!);
    const refused = violationsOf(stream, 'task build');
    for (const program of ['/usr/bin/touch', '/usr/bin/cp']) stream.add({ ...report('open', '/etc/a')!, program });
    assert.deepEqual(refused.violations().map(({ target, count }) => [target, count]), [['/etc/a', 2]]);
  });

  it('name their session where there is one', () => {
    const stream = createViolationStream({ session: 'some-id' });
    stream.add(report('open', '/etc/a')!);
    assert.deepEqual(stream.violations.map(({ version, session }) => [version, session]), [[3, 'some-id']]);
  });

  it('name a system call, in a shape that readers of older versions can tell', () => {
    const stream = createViolationStream({ session: 'some-id', ignore: () => ({ make: ['AF_PACKET'] }) });
    const call = (target: string): Violation => callViolation({ target, why: 'why', pid: 7, program: '/usr/bin/x' }, info, NOW);
    for (const target of ['ptrace', 'socket AF_PACKET SOCK_RAW', 'ptrace']) stream.add(call(target));
    assert.deepEqual(stream.violations, [{
      version: 4, kind: 'system-call', operation: 'call', target: 'ptrace', source: 'kernel', rule: { kind: 'built-in', name: 'system-calls' }, reason: 'denied by the built-in rule system-calls: why',
      pid: 7, program: '/usr/bin/x', command: ['make', 'all'], task: 'task build', time: '2026-01-02T03:04:05.000Z', session: 'some-id', count: 2,
    }]); // prettier-ignore
    assert.equal(stream.totals.ignored, 1);
    assert.deepEqual(violationFixes(call('ptrace'), place), []);
  });

  it('read as one line', () => {
    assert.equal(describeViolation({ ...report('remove', '/etc/a')!, count: 3 }), 'removing /etc/a was refused (3 times): no entry of allowWrite covers it');
  });
});

describe('ignoreViolations', () => {
  const connect = networkViolation({ operation: 'connect', source: 'network', target: 'c.test:443', decision: { outcome: 'deny', rule: { kind: 'default', pointer: '/network/allowedDomains' }, reason: 'not listed', overridden: [] } }, info, NOW);
  const write = report('open', '/etc/hosts')!;

  it('names commands by a part of their text, or all with *', () => {
    const ignored = (key: string): boolean => isIgnored(write, { [key]: ['/etc/'] });
    assert.deepEqual(['*', 'make', 'ke al', 'MAKE', 'npm', 'm*'].map(ignored), [true, true, true, false, false, false]);
    const { command: _, ...unknown } = write;
    assert.deepEqual([isIgnored(unknown, { make: ['/etc'] }), isIgnored(unknown, { '*': ['/etc'] })], [false, true]);
  });

  it('compares the path of a file event, and the whole line of a network event', () => {
    const ignores = (violation: Violation, text: string): boolean => isIgnored(violation, { '*': [text] });
    assert.deepEqual(['hosts', 'HOSTS', '/etc/*', 'deny', 'no entry'].map((text) => ignores(write, text)), [true, false, false, false, false]);
    assert.deepEqual(['c.test', 'network-outbound c.test:443', '(not listed)', ':444'].map((text) => ignores(connect, text)), [true, true, true, false]);
    assert.equal(ignores({ ...connect, operation: 'resolve', target: 'c.test' }, 'c.test:443'), true);
    assert.equal(ignores({ ...connect, operation: 'request', target: 'GET http://c.test/x' }, 'http-request GET http://c.test/'), true);
  });

  it('keeps violations out of the stream, and counts them', () => {
    let ignore: Record<string, string[]> = { make: ['/etc/hosts'] };
    const stream = createViolationStream({ ignore: () => ignore });
    stream.add(write);
    stream.add(report('open', '/etc/passwd')!);
    ignore = { make: [] };
    stream.add(write);
    assert.deepEqual(stream.violations.map(({ target }) => target), ['/etc/passwd', '/etc/hosts']);
    assert.deepEqual([stream.totals.ignored, stream.totals.refused], [1, 2]);
    const line = createViolationStream({ ignore: () => ({ '*': ['file-write-data'] }) });
    line.add(write, 'touch(7) deny(1) file-write-data /etc/hosts');
    assert.equal(line.totals.ignored, 1);
  });
});

describe('fixes of violations', () => {
  const text = JSON.stringify(source, null, 2);
  const network = (target: string): Violation => networkViolation({ operation: 'connect', source: 'network', target, decision: { outcome: 'deny', rule: { kind: 'default', pointer: '/network/allowedDomains' }, reason: 'x', overridden: [] } }, info, NOW);
  const list = (violation: Violation, pick: (fixed: typeof source) => unknown): unknown[] =>
    violationFixes(violation, place).map(({ edit }) => pick(JSON.parse(applyEdit(text, edit)) as typeof source));

  it('add the host, with its port unless it is the web\'s', () => {
    assert.deepEqual(list(network('c.test:443'), (fixed) => fixed.network.allowedDomains), [['a.test', 'c.test']]);
    assert.deepEqual(list(network('c.test:5432'), (fixed) => fixed.network.allowedDomains), [['a.test', 'c.test:5432']]);
    assert.deepEqual(list(network('[2001:db8::1]:22'), (fixed) => fixed.network.allowedDomains), [['a.test', '[2001:db8::1]:22']]);
    assert.deepEqual(list(network('GET http://c.test:8081/a:1?b'), (fixed) => fixed.network.allowedDomains), [['a.test', 'c.test:8081']]);
    assert.deepEqual(violationFixes({ ...network('POST https://c.test/a'), rule: { kind: 'policy', pointer: '/network/requests/0' } }, place), []);
    assert.deepEqual(violationFixes({ ...network('POST https://c.test/a'), rule: { kind: 'default', pointer: '/network/requests' } }, place), []);
  });

  it('add the path, literally where its name has pattern characters, and its directory where it is not there', () => {
    const fixed = (target: string): unknown[] => violationFixes({ ...report('open', '/etc/a')!, target }, { ...place, exists: (path) => PRESENT.includes(path) || path === '/home/me/.tool/a[1]' }).flatMap(({ edit }) => (edit.kind === 'append' ? [edit.value] : []));
    assert.deepEqual(fixed('/home/me/.tool/state'), ['~/.tool/state', '~/.tool']);
    assert.deepEqual(fixed('/home/me/.tool/a[1]'), [{ path: '~/.tool/a[1]', literal: true }, '~/.tool']);
    assert.deepEqual(fixed('/home/me/.tool/new/file'), ['~/.tool']);
    assert.deepEqual(fixed('/repo/made/x'), ['/repo/made']);
  });

  it('add what works for operations on names: the directory around them', () => {
    for (const operation of ['remove', 'rename', 'create'] as const) assert.deepEqual(violationFixes({ ...report('open', '/etc/a')!, operation, target: '/home/me/.tool/state' }, place).map(({ title }) => title), ['Allow writing everything in /home/me/.tool in this policy'], operation);
    assert.deepEqual(violationFixes({ ...report('open', '/etc/a')!, operation: 'change', target: '/home/me/.tool/state' }, place).map(({ title }) => title), ['Allow writing /home/me/.tool/state in this policy']);
  });

  it('open neither the system, nor what others keep, nor programs', () => {
    const titles = (target: string, at = place): string[] => violationFixes({ ...report('open', '/etc/a')!, target }, at).map(({ title }) => title);
    for (const target of ['/etc/cron.d/x', '/usr/bin/ls', '/srv/new', '/home/me/new', '/home/me/.local/bin/tool', '/home/me/.config/autostart/x', '/home/other/x', '/home/me/projects/new']) assert.deepEqual(titles(target), [], target);
    // In a project in there, what it holds is its own; what lies around it is not.
    const inProjects = { ...place, base: absolutePath('/home/me/projects') };
    assert.deepEqual(titles('/home/me/projects/new', inProjects), ['Allow writing everything in /home/me/projects in this policy']);
    assert.deepEqual(titles('/home/me/projects/new', { ...place, base: absolutePath('/home/me/projects/project') }), []);
    assert.deepEqual(titles('/home/me/projects/notes'), ['Allow writing /home/me/projects/notes in this policy']);
  });

  it('open no address of a metadata service, however it is written, and no socket that controls more', () => {
    for (const target of ['[fd00:ec2::254]:80', 'GET http://[fd00:ec2::254]/latest', '[fd20:ce::254]', '169.254.169.254:80', '169.254.1.1', '[fe80::1]:80', 'metadata.google.internal:80']) assert.deepEqual(violationFixes(network(target), place), [], target);
    const socket = (target: string): string[] => violationFixes({ ...network('c.test'), target, rule: { kind: 'default', pointer: '/network/allowUnixSockets' } }, place).map(({ title }) => title);
    const closed = ['/tmp/ssh-a/agent.1', '/run/user/1000/gnupg/S.gpg-agent', '/run/user/1000/keyring/control', '/tmp/tmux-1000/default', '/tmp/.X11-unix/X0', '/run/user/1000/wayland-0', '/run/user/1000/emacs/server', '/tmp/emacs1000/server', '/run/user/1000/vscode-ipc-1.sock', '/tmp/vscode-git-1.sock', '/run/user/1000/bus', '/run/dbus/system_bus_socket', '/run/snapd.socket', '/var/run/docker.sock', '/home/me/.docker/run/docker.sock', '/run/user/1000/podman/podman.sock', '/run/containerd/containerd.sock', '/run/user/1000/systemd/private', '/run/anything.sock'];
    for (const target of closed) assert.deepEqual(socket(target), [], target);
    for (const target of ['/repo/db.sock', '/tmp/app/server.sock', '/run/postgresql/.s.PGSQL.5432']) assert.equal(socket(target).length, 1, target);
  });

  it('name nothing that was made printable or cut', () => {
    const at = (path: string): unknown[] => violationFixes(report('open', path)!, { ...place, exists: (found) => found === '/srv/data' || !found.startsWith('/srv/data') });
    assert.equal(at('/srv/data/plain').length, 1);
    for (const name of ['a\nb', 'a\u001b[2J', 'a\u202eb', 'a\ufffdb', 'a'.repeat(1100)]) assert.deepEqual(at(`/srv/data/${name}`), [], JSON.stringify(name));
    const socket = networkViolation({ operation: 'connect', source: 'network', target: '/repo/a\nb.sock', decision: { outcome: 'deny', rule: { kind: 'default', pointer: '/network/allowUnixSockets' }, reason: 'x', overridden: [] } }, info, NOW);
    assert.deepEqual(violationFixes(socket, place), []);
  });

  it('remove the rule that denied', () => {
    assert.deepEqual(list(report('open', '/repo/.env')!, (fixed) => fixed.filesystem.denyWrite), [[]]);
  });

  it('are never preferred, leave a valid policy, and are not offered for names that cannot be shown', () => {
    for (const violation of [network('c.test:1'), report('open', '/home/me/.tool/state')!, report('open', '/repo/.env')!]) {
      assert.ok(violationFixes(violation, place).length > 0);
      for (const { preferred, edit } of violationFixes(violation, place)) assert.deepEqual([preferred, validatePolicy(applyEdit(text, edit)).problems], [false, []]);
    }
    assert.deepEqual(violationFixes({ ...report('open', '/etc/a')!, target: '/etc/a\u202e' }, place), []);
    for (const target of ['/home/me/.ssh/id', '/home/other/.aws/credentials', '/home/me/.bash_history', '/root/.local/share/fish/fish_history', '/home/me/.bashrc', '/home/me/x/.git/hooks/pre-commit']) assert.deepEqual(violationFixes({ ...report('open', '/etc/a')!, target }, place), [], target);
    assert.deepEqual(violationFixes({ ...report('open', '/etc/a')!, rule: { kind: 'built-in', name: 'git-hooks' } }, place), []);
  });
});
