import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import * as packet from 'dns-packet';
import { answerQuery } from 'sandbox-core/internal/network/dns-responder';
import type { NetworkDenial, NetworkJudge } from 'sandbox-core/internal/network/destination';
import { createNameAddresses } from 'sandbox-core/internal/network/name-addresses';
import { decide } from 'sandbox-core/policy';

import { policyOf, resolved } from '../../support/policies';

const policy = resolved(policyOf({ network: { allowedDomains: ['example.com', '*.example.org'], deniedDomains: ['bad.example.org'] } }));

function ask(name: string, type: packet.RecordType = 'A') {
  const denials: NetworkDenial[] = [];
  const judge: NetworkJudge = {
    connect: ({ host, port }) => decide(policy, { kind: 'connect', host, port }),
    resolve: (host) => decide(policy, { kind: 'resolve', host }),
    report: (denial) => denials.push(denial),
  };
  const query = packet.encode({ type: 'query', id: 7, flags: packet.RECURSION_DESIRED, questions: [{ type, name, class: 'IN' }] });
  const answer = answerQuery(query, judge, createNameAddresses());
  const decoded = answer && (packet.decode(answer) as packet.DecodedPacket & { rcode: string });
  return {
    rcode: decoded?.rcode,
    id: decoded?.id,
    answers: decoded?.answers?.map((record) => (record.type === 'A' ? record.data : '')),
    denied: denials.map(({ target, decision }) => `${target} ${decision.rule.kind === 'built-in' ? '' : decision.rule.pointer}`),
  };
}

describe('the DNS responder', () => {
  it('gives an allowed name an address that stands for it', () => {
    assert.deepEqual(ask('www.example.org'), { rcode: 'NOERROR', id: 7, answers: ['198.18.1.0'], denied: [] });
  });

  it('says that a denied name does not exist, and which rule denies it', () => {
    assert.deepEqual(ask('data.evil.test'), { rcode: 'NXDOMAIN', id: 7, answers: [], denied: ['data.evil.test /network/allowedDomains'] });
    assert.deepEqual(ask('bad.example.org').denied, ['bad.example.org /network/deniedDomains/0']);
  });

  it('has nothing but addresses to tell about an allowed name', () => {
    for (const type of ['AAAA', 'MX', 'TXT', 'SRV'] as const) assert.deepEqual(ask('example.com', type), { rcode: 'NOERROR', id: 7, answers: [], denied: [] });
  });

  it('reports lookups of any kind, so that nothing leaves in a TXT query', () => {
    assert.deepEqual(ask('c2VjcmV0.evil.test', 'TXT').denied, ['c2vjcmv0.evil.test /network/allowedDomains']);
  });

  it('knows localhost without asking', () => {
    assert.deepEqual(ask('localhost').answers, ['127.0.0.1']);
  });

  it('answers nothing to what is not a query', () => {
    const judge: NetworkJudge = { connect: () => assert.fail(), resolve: () => assert.fail(), report: () => assert.fail() };
    const response = packet.encode({ type: 'response', id: 1, flags: 0, questions: [{ type: 'A', name: 'x.test', class: 'IN' }] });
    for (const message of [Buffer.alloc(0), Buffer.alloc(12), Buffer.from('hello, this is not DNS'), response]) assert.equal(answerQuery(message, judge, createNameAddresses()), undefined);
  });
});

describe('addresses that stand for names', () => {
  it('stay with their name, and are given to another when there are no more', () => {
    const addresses = createNameAddresses(2);
    const [a, b] = [addresses.addressFor('a.test'), addresses.addressFor('b.test')];
    assert.notEqual(a, b);
    assert.equal(addresses.addressFor('a.test'), a);
    assert.equal(addresses.addressFor('c.test'), b); // b.test was longest unused
    assert.deepEqual([addresses.nameOf(a), addresses.nameOf(b), addresses.nameOf('198.19.255.255'), addresses.nameOf('10.0.0.1'), addresses.nameOf('::1')], ['a.test', 'c.test', undefined, undefined, undefined]);
  });
});
