import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { absolutePath, applyEdit, commandRequests, decide, explain, toPointer, validatePolicy, type Policy, type PolicyPlatform, type PolicyRequest } from 'sandbox-core/policy';

import { BASE, HOME, policyOf, resolved } from '../../support/policies';

const read = (path: string): PolicyRequest => ({ kind: 'read', path: absolutePath(path) });
const write = (path: string): PolicyRequest => ({ kind: 'write', path: absolutePath(path) });
const connect = (host: string, port = 443): PolicyRequest => ({ kind: 'connect', host, port });

const changes = (policy: Policy, request: PolicyRequest): string[] => explain(resolved(policy), request, 'linux').changes.map(({ title, widens }) => `${title}${widens ? ' (widens)' : ''}`);

const POLICY = policyOf({ network: { allowedDomains: ['a.test', '*.b.test'], deniedDomains: ['x.b.test'] }, filesystem: { denyRead: ['~/.ssh'], allowWrite: ['.'], denyWrite: ['./locked'] } });

describe('what would change a decision', () => {
  it('is offered for both directions, and widening is marked', () => {
    assert.deepEqual(changes(POLICY, read('/home/me/.ssh/id')), ['Remove this rule (filesystem.denyRead[0]) (widens)', 'Allow reading /home/me/.ssh/id (widens)']);
    assert.deepEqual(changes(POLICY, read('/etc/hosts')), ['Deny reading /etc/hosts']);
    assert.deepEqual(changes(POLICY, write('/repo/x')), ['Remove this rule (filesystem.allowWrite[0])', 'Deny writing /repo/x']);
    assert.deepEqual(changes(POLICY, connect('x.b.test')), ['Remove this rule (network.deniedDomains[0]) (widens)']);
    assert.deepEqual(changes(POLICY, connect('c.test', 8443)), ['Allow connections to c.test:8443 (widens)']);
  });

  it('leaves out what would not: a write deny wins over every allow, a second deny stays', () => {
    assert.deepEqual(changes(POLICY, write('/repo/locked/x')), ['Remove this rule (filesystem.denyWrite[0]) (widens)']);
    assert.deepEqual(changes(policyOf({ filesystem: { allowWrite: ['.'], denyWrite: ['./a', './a/b'] } }), write('/repo/a/b')), []);
    assert.deepEqual(changes(policyOf({ filesystem: { disabled: true } }), write('/repo/x')), []);
    assert.deepEqual(changes(policyOf({ credentials: { files: [{ path: '~/token', mode: 'deny' }] } }), read('/home/me/token')), []);
  });

  it('does what it says when its edit is made', () => {
    const text = JSON.stringify(POLICY, null, 2);
    for (const request of [read('/home/me/.ssh/id'), read('/etc/a[1]'), write('/repo/x'), write('/etc/x'), write('/repo/locked'), connect('a.test'), connect('c.test', 81), connect('::1')]) {
      const { outcome, changes: offered } = explain(resolved(POLICY), request, 'linux');
      assert.ok(offered.length > 0);
      for (const { edit, title } of offered) {
        const { policy, problems } = validatePolicy(applyEdit(text, edit));
        assert.ok(policy, problems.map(({ message }) => message).join());
        assert.notEqual(decide(resolved(policy), request).outcome, outcome, title);
      }
    }
  });

  it('is not offered for what is the sandbox\'s own, unless the policy names the host\'s there', () => {
    const answer = (policy: Policy, request: PolicyRequest, platform: PolicyPlatform = 'linux'): string => {
      const { outcome, rule, changes: offered } = explain(resolved(policy), request, platform);
      return `${outcome} ${rule.kind === 'built-in' ? rule.name : rule.pointer} ${offered.length}`;
    };
    assert.equal(answer(POLICY, write('/tmp/x')), 'allow own-tmp 0');
    assert.equal(answer(POLICY, read('/tmp/x')), 'allow own-tmp 0');
    assert.equal(answer(policyOf({ filesystem: { denyRead: ['/'] } }), write('/tmp/x')), 'allow own-tmp 0');
    assert.deepEqual(['/dev/null', '/dev/shm/x'].map((path) => answer(POLICY, write(path))), ['allow own-devices 0', 'allow own-devices 0']);
    assert.equal(answer(policyOf({ filesystem: { denyWrite: ['/tmp/x'] } }), write('/tmp/x')), 'deny /filesystem/denyWrite/0 1');
    assert.equal(answer(policyOf({ filesystem: { allowWrite: ['/tmp'] } }), write('/tmp/x')), 'allow /filesystem/allowWrite/0 1');
    assert.equal(answer(policyOf({ filesystem: { denyRead: ['/dev/shm'] } }), read('/dev/shm/x')), 'deny /filesystem/denyRead/0 2');
    assert.equal(answer(POLICY, write('/tmp/x'), 'macos'), 'deny /filesystem/allowWrite 1');
  });

  it('never names a path that cannot be shown as it is', () => {
    assert.deepEqual(changes(POLICY, write('/etc/a\u202eb')), []);
  });
});

describe('an edit that removes an entry', () => {
  it('leaves the others as they were, however the list is laid out', () => {
    for (const list of ['["x","y"]', '["x", "y"]', '[ "x", "y" ]', '["x","y","z"]', '["x"]', '[\n  "x",\n  "y"\n]', '["x",\n"y"]'])
      for (const at of (JSON.parse(list) as string[]).keys()) {
        const left = JSON.parse(applyEdit(`{"a":${list},"b":["."]}`, { kind: 'remove', pointer: toPointer(['a', at]) })) as object;
        assert.deepEqual(left, { a: (JSON.parse(list) as string[]).filter((_, index) => index !== at), b: ['.'] }, `${list} ${at}`);
      }
  });
});

describe('what a command line asks for', () => {
  const requests = (line: string): string[] =>
    commandRequests(line, { base: BASE, home: HOME, findProgram: (name) => (name === 'missing' ? undefined : absolutePath(`/usr/bin/${name}`)) }).map(({ what, request }) => {
      if (!request) return `${what} ?`;
      return `${what} ${request.kind} ${'path' in request ? request.path : request.kind === 'connect' ? `${request.host}:${request.port}` : request.host}`;
    });

  it('is its programs, paths, hosts and redirections', () => {
    assert.deepEqual(requests('FOO=1 cat ./a "b c/d" ~/x > out.txt 2>> /var/log/e && ./run --file=/etc/x < in'), [
      'program read /usr/bin/cat',
      'argument read /repo/a',
      'argument read /repo/b c/d',
      'argument read /home/me/x',
      'redirection write /repo/out.txt',
      'redirection write /var/log/e',
      'program read /repo/run',
      'argument read /etc/x',
      'redirection read /repo/in',
    ]);
    assert.deepEqual(requests('curl https://a.test:8443/x | git push git@b.test:me/repo; ssh://h.test/x'), ['program read /usr/bin/curl', 'argument connect a.test:8443', 'program read /usr/bin/git', 'argument connect b.test:22', 'program read /repo/ssh:/h.test/x']);
  });

  it('is no word of the shell itself', () => {
    assert.deepEqual(requests('cd x && export A=1; if ! missing; then A=1 a; else b; fi'), ['program ?', 'program read /usr/bin/a', 'program read /usr/bin/b']);
    assert.deepEqual(requests('for i in /x; do a; done; while read y; do { b; }; done < /z; [[ -e c ]]'), ['argument read /x', 'program read /usr/bin/a', 'program read /usr/bin/b', 'redirection read /z']);
  });

  it('is no function of the line, but what that runs', () => {
    assert.deepEqual(requests('f() { a /x; }; f; function missing { b; }; missing /y > z'), ['program read /usr/bin/a', 'argument read /x', 'program read /usr/bin/b', 'argument read /y', 'redirection write /repo/z']);
    assert.deepEqual(requests('missing; missing() { a; }'), ['program ?', 'program read /usr/bin/a']);
  });

  it('is nothing that only the shell could know', () => {
    assert.deepEqual(requests('missing $HOME/x *.txt -rf --flag'), ['program ?']);
    assert.deepEqual(requests(''), []);
    assert.equal(requests('a /x'.repeat(5000)).length <= 200, true);
  });
});
