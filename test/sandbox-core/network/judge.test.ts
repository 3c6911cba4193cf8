import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { createAsker, type HostAnswer, type HostQuestion } from 'sandbox-core/internal/network/ask';
import { createJudge } from 'sandbox-core/internal/network/judge';
import { decide, validatePolicy, type Policy } from 'sandbox-core/policy';

import { policyOf, resolved } from '../../support/policies';

function judgeFor(network: Partial<Policy['network']>, answer?: (question: HostQuestion, lapsed: AbortSignal) => Promise<HostAnswer>, timeoutMs = 1000) {
  const policy = resolved(policyOf({ network }));
  return createJudge({ policy: () => policy, ask: answer && createAsker(answer, timeoutMs), addressRules: () => ({ denied: [], own: ['192.0.2.7'] }), report: () => undefined });
}

const to = (target: string) => ({ host: target.slice(0, target.lastIndexOf(':')), port: Number(target.slice(target.lastIndexOf(':') + 1)) });

describe('default ports', () => {
  const policy = resolved(policyOf({ network: { allowedDomains: ['a.test', 'b.test:22', '*.c.test'], deniedDomains: ['d.test'], defaultPorts: [80, 443] } }));
  const allows = (host: string, port: number): boolean => decide(policy, { kind: 'connect', host, port }).outcome === 'allow';

  it('are those of entries without a port, and of no others', () => {
    assert.deepEqual([allows('a.test', 443), allows('a.test', 80), allows('a.test', 22), allows('x.c.test', 25)], [true, true, false, false]);
    assert.deepEqual([allows('b.test', 22), allows('b.test', 443)], [true, false]);
    assert.equal(decide(policy, { kind: 'resolve', host: 'a.test' }).outcome, 'allow');
    assert.deepEqual(decide(policy, { kind: 'connect', host: 'a.test', port: 80 }).rule, { kind: 'policy', pointer: '/network/allowedDomains/0' });
    assert.deepEqual(decide(policy, { kind: 'connect', host: 'd.test', port: 7 }).rule, { kind: 'policy', pointer: '/network/deniedDomains/0' });
  });
});

describe('an unrestricted network', () => {
  const judge = judgeFor({ unrestricted: true, deniedDomains: ['bad.test', '*:25'], allowedDomains: ['localhost:5432', '169.254.169.254:80'] });
  const allowed = (...targets: string[]): string[] => targets.filter((target) => judge.connect(to(target)).outcome === 'allow');

  it('opens every host but the denied ones', () => {
    assert.deepEqual(allowed('any.test:443', 'any.test:25', 'bad.test:443', '203.0.113.9:22', '[2001:db8::1]:443', '10.0.0.1:80'), ['any.test:443', '203.0.113.9:22', '[2001:db8::1]:443', '10.0.0.1:80']);
    assert.equal(judge.resolve('any.test').outcome, 'allow');
  });

  it('does not open this machine, nor what a cloud provider keeps in it', () => {
    assert.deepEqual(allowed('localhost:80', 'app.localhost:80', '127.0.0.1:80', '0.0.0.0:80', '[::1]:80', '169.254.169.254:8080', '100.100.100.200:80', '192.0.2.7:80', '[::ffff:127.0.0.1]:80', '[64:ff9b::7f00:1]:80'), []);
    assert.deepEqual(allowed('localhost:5432', '169.254.169.254:80'), ['localhost:5432', '169.254.169.254:80']);
  });

  it('is warned about', () => {
    const { problems } = validatePolicy(JSON.stringify(policyOf({ network: { unrestricted: true } })));
    assert.deepEqual(problems.map(({ code, severity, pointer }) => [code, severity, pointer]), [['network-unrestricted', 'warning', '/network/unrestricted']]);
  });
});

describe('asking', () => {
  it('is about what no rule covers, and never about what leads inside', async () => {
    const asked: string[] = [];
    const judge = judgeFor({ allowedDomains: ['a.test:443'], deniedDomains: ['*.bad.test'] }, ({ host, port }) => (asked.push(`${host}:${port}`), Promise.resolve('deny')));
    for (const target of ['a.test:443', 'x.bad.test:443', '169.254.169.254:80', '127.0.0.1:80', 'evil\0.test:80', 'new.test:443', 'new.test:443', 'a.test:22', '203.0.113.9:80']) await judge.admit(to(target));
    assert.deepEqual(asked, ['new.test:443', 'a.test:22', '203.0.113.9:80']);
  });

  it('puts one question for a host at a time, and its answer counts for all who wait', async () => {
    let answer: (answer: HostAnswer) => void = () => undefined;
    let asked = 0;
    const judge = judgeFor({}, () => new Promise((resolve) => (asked++, (answer = resolve))));
    const waiting = Promise.all(['n.test:443', 'N.test.:443', 'n.test:80'].map((target) => judge.admit(to(target))));
    await new Promise(setImmediate);
    assert.equal(asked, 1);
    answer('session');
    assert.deepEqual((await waiting).map(({ outcome }) => outcome), ['allow', 'allow', 'allow']); // the entry has no port, as the web's two belong together
  });

  it('is a no when nobody answers, when asking fails, or when too much is asked', async () => {
    const silent = judgeFor({}, (_question, lapsed) => new Promise((_resolve, reject) => lapsed.addEventListener('abort', () => reject(new Error('lapsed')))), 5);
    assert.match((await silent.admit(to('n.test:443'))).reason, /nobody answered/);
    const broken = judgeFor({}, () => Promise.reject(new Error('no one there')));
    assert.equal((await broken.admit(to('n.test:443'))).outcome, 'deny');
    const flooded = judgeFor({}, (_question, lapsed) => new Promise((_resolve, reject) => lapsed.addEventListener('abort', () => reject(new Error('lapsed')))), 50);
    const decisions = await Promise.all(Array.from({ length: 10 }, (_, index) => flooded.admit(to(`n${index}.test:443`))));
    assert.equal(decisions.filter(({ reason }) => reason.includes('too many')).length, 2);
  });
});
