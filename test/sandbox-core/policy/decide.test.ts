import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { absolutePath, decide, type Policy } from 'sandbox-core/policy';

import { policyOf, resolved } from '../../support/policies';

/** `read /a` → `deny /filesystem/denyRead/0`. */
function verdict(policy: ReturnType<typeof policyOf>, request: string): string {
  const [kind, target = '', port] = request.split(' ');
  const asked =
    kind === 'connect' ? ({ kind, host: target, port: Number(port) } as const) : kind === 'resolve' ? ({ kind, host: target } as const) : ({ kind: kind as 'read' | 'write', path: absolutePath(target) } as const);
  const { outcome, rule } = decide(resolved(policy), asked);
  return `${outcome} ${rule.kind === 'built-in' ? rule.name : rule.pointer}`;
}

function check(policy: ReturnType<typeof policyOf>, expected: Readonly<Record<string, string>>): void {
  const actual = Object.fromEntries(Object.keys(expected).map((request) => [request, verdict(policy, request)]));
  assert.deepEqual(actual, expected);
}

describe('deciding about reads', () => {
  it('allows what no rule names', () => {
    check(policyOf(), { 'read /etc/passwd': 'allow /filesystem/denyRead' });
  });

  it('denies a named directory, what is below it, and nothing beside it', () => {
    check(policyOf({ filesystem: { denyRead: ['/home/me/.ssh'] } }), {
      'read /home/me/.ssh': 'deny /filesystem/denyRead/0',
      'read /home/me/.ssh/id': 'deny /filesystem/denyRead/0',
      'read /home/me/.sshx': 'allow /filesystem/denyRead',
      'read /home/me': 'allow /filesystem/denyRead',
    });
  });

  it('lets the more specific of a deny and an allow win, and the allow where both name the same path', () => {
    check(policyOf({ filesystem: { denyRead: ['~', '~/repo/secret', '/same'], allowRead: ['~/repo', '/same'] } }), {
      'read /home/me/x': 'deny /filesystem/denyRead/0',
      'read /home/me/repo/x': 'allow /filesystem/allowRead/0',
      'read /home/me/repo/secret/x': 'deny /filesystem/denyRead/1',
      'read /same': 'allow /filesystem/allowRead/1',
    });
  });

  it('opens a writable path below a denied one for reading too', () => {
    check(policyOf({ filesystem: { denyRead: ['~'], allowWrite: ['~/repo'] } }), {
      'read /home/me/repo/x': 'allow /filesystem/allowWrite/0',
      'read /home/me/other': 'deny /filesystem/denyRead/0',
    });
  });

  it('keeps what a glob denies inside an allowed directory, except entries that the glob itself covers', () => {
    check(policyOf({ filesystem: { denyRead: ['/**/.env*'], allowRead: ['/repo', '/repo/.env.example'] } }), {
      'read /repo/.env': 'deny /filesystem/denyRead/0',
      'read /repo/a/b/.env.local': 'deny /filesystem/denyRead/0',
      'read /repo/.env.example': 'allow /filesystem/allowRead/1',
      'read /repo/env': 'allow /filesystem/denyRead',
    });
  });

  it('makes no exception for a denied credential file', () => {
    const policy = policyOf({ filesystem: { allowRead: ['~/.netrc'], allowWrite: ['~/.netrc'] }, credentials: { files: [{ path: '~/.netrc', mode: 'deny' }] } });
    check(policy, { 'read /home/me/.netrc': 'deny /credentials/files/0/path', 'write /home/me/.netrc': 'deny /credentials/files/0/path' });
  });
});

describe('deciding about writes', () => {
  it('denies what no rule names', () => {
    check(policyOf(), { 'write /repo/x': 'deny /filesystem/allowWrite' });
  });

  it('lets a write deny win above, at and below an allow', () => {
    check(policyOf({ filesystem: { allowWrite: ['/repo', '/a/b', '/same'], denyWrite: ['/repo/.env', '/a', '/same'] } }), {
      'write /repo/x': 'allow /filesystem/allowWrite/0',
      'write /repo/.env': 'deny /filesystem/denyWrite/0',
      'write /a/b/c': 'deny /filesystem/denyWrite/1',
      'write /same/x': 'deny /filesystem/denyWrite/2',
    });
  });

  it('denies writing to what may not be read', () => {
    check(policyOf({ filesystem: { allowWrite: ['~'], denyRead: ['~/.ssh'] } }), {
      'write /home/me/.ssh/id': 'deny /filesystem/denyRead/0',
      'write /home/me/x': 'allow /filesystem/allowWrite/0',
    });
  });

  it('reads dir/** as dir, and a literal entry as it stands', () => {
    check(policyOf({ filesystem: { allowWrite: ['/a/**', { path: '/b/[x]', literal: true }, '/c/*.log'] } }), {
      'write /a/x': 'allow /filesystem/allowWrite/0',
      'write /b/[x]/y': 'allow /filesystem/allowWrite/1',
      'write /b/x': 'deny /filesystem/allowWrite',
      'write /c/a.log': 'allow /filesystem/allowWrite/2',
      'write /c/a.txt': 'deny /filesystem/allowWrite',
    });
  });

  it('lifts every path rule with filesystem.disabled', () => {
    check(policyOf({ filesystem: { disabled: true, denyRead: ['/a'], denyWrite: ['/a'] } }), {
      'read /a': 'allow /filesystem/disabled',
      'write /a': 'allow /filesystem/disabled',
    });
  });
});

describe('deciding about hosts', () => {
  const policy = policyOf({
    network: {
      allowedDomains: ['example.com', '*.example.org', 'api.test:8443', '10.0.0.1', '[2001:db8::1]:443', 'localhost:5432'],
      deniedDomains: ['bad.example.org', 'example.com:22'],
      deniedDomainReasons: { 'bad.example.org': 'known to be bad' },
    },
  });

  it('denies what no rule names', () => {
    check(policy, { 'connect other.test 443': 'deny /network/allowedDomains', 'connect notexample.com 443': 'deny /network/allowedDomains' });
  });

  it('matches a name exactly and a wildcard strictly below', () => {
    check(policy, {
      'connect example.com 443': 'allow /network/allowedDomains/0',
      'connect www.example.com 443': 'deny /network/allowedDomains',
      'connect a.example.org 443': 'allow /network/allowedDomains/1',
      'connect a.b.example.org 443': 'allow /network/allowedDomains/1',
      'connect example.org 443': 'deny /network/allowedDomains',
      'connect evilexample.org 443': 'deny /network/allowedDomains',
    });
  });

  it('compares ports where the rule has one', () => {
    check(policy, {
      'connect api.test 8443': 'allow /network/allowedDomains/2',
      'connect api.test 443': 'deny /network/allowedDomains',
      'connect example.com 22': 'deny /network/deniedDomains/1',
      'connect localhost 5432': 'allow /network/allowedDomains/5',
      'connect localhost 5433': 'deny /network/allowedDomains',
    });
  });

  it('lets denied beat allowed', () => {
    check(policy, { 'connect bad.example.org 443': 'deny /network/deniedDomains/0' });
    assert.equal(decide(resolved(policy), { kind: 'connect', host: 'bad.example.org', port: 443 }).reason, 'known to be bad');
  });

  it('says so where a host is listed, but not for the port', () => {
    const reason = (network: Partial<Policy['network']>, port: number): string => decide(resolved(policyOf({ network })), { kind: 'connect', host: 'a.test', port }).reason;
    assert.equal(reason({ allowedDomains: ['a.test:443'] }, 22), '"a.test:443" in allowedDomains does not cover port 22');
    assert.equal(reason({ allowedDomains: ['*.b.test', 'a.test'], defaultPorts: [80, 443] }, 22), '"a.test" in allowedDomains does not cover port 22');
    assert.equal(reason({ allowedDomains: ['b.test'] }, 22), 'no entry of allowedDomains covers it');
  });

  it('compares hosts in their canonical form', () => {
    check(policy, {
      'connect EXAMPLE.com. 443': 'allow /network/allowedDomains/0',
      'connect 0x0a.0.1 80': 'allow /network/allowedDomains/3',
      'connect ::ffff:10.0.0.1 80': 'allow /network/allowedDomains/3',
      'connect 2001:db8:0::1 443': 'allow /network/allowedDomains/4',
      'connect example.com%00.evil.test 443': 'deny /network/allowedDomains',
    });
  });

  it('resolves a name if some port of it may be connected to', () => {
    check(policy, {
      'resolve api.test': 'allow /network/allowedDomains/2',
      'resolve example.com': 'allow /network/allowedDomains/0',
      'resolve bad.example.org': 'deny /network/deniedDomains/0',
      'resolve other.test': 'deny /network/allowedDomains',
    });
  });

  it('denies everything with deniedDomains "*", and one port with "*:22"', () => {
    check(policyOf({ network: { allowedDomains: ['example.com'], deniedDomains: ['*:22'] } }), {
      'connect example.com 22': 'deny /network/deniedDomains/0',
      'connect example.com 443': 'allow /network/allowedDomains/0',
      'resolve example.com': 'allow /network/allowedDomains/0',
    });
    check(policyOf({ network: { allowedDomains: ['example.com'], deniedDomains: ['*'] } }), { 'connect example.com 443': 'deny /network/deniedDomains/0' });
  });
});
