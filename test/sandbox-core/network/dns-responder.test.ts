import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import * as packet from 'dns-packet';
import { fc } from '../../support/properties';
import { answerQuery } from 'sandbox-core/internal/network/dns-responder';
import type { NetworkDenial, NetworkJudge } from 'sandbox-core/internal/network/destination';
import { createLookupCounter } from 'sandbox-core/internal/network/lookups';
import { createNameAddresses, isNameAddress } from 'sandbox-core/internal/network/name-addresses';

import { judgeOf } from '../../support/network';
import { policyOf, resolved } from '../../support/policies';

const policy = resolved(policyOf({ network: { allowedDomains: ['example.com', '*.example.org'], deniedDomains: ['bad.example.org'] } }));

function ask(name: string, type: packet.RecordType = 'A') {
  const denials: NetworkDenial[] = [];
  const judge = judgeOf(policy, (denial) => denials.push(denial));
  const query = packet.encode({ type: 'query', id: 7, flags: packet.RECURSION_DESIRED, questions: [{ type, name, class: 'IN' }] });
  const answer = answerQuery(query, { judge, addresses: createNameAddresses(), ipv6: true });
  const decoded = answer && (packet.decode(answer) as packet.DecodedPacket & { rcode: string });
  return {
    rcode: decoded?.rcode,
    id: decoded?.id,
    answers: decoded?.answers?.map((record) => (record.type === 'A' || record.type === 'AAAA' ? record.data : '')),
    denied: denials.map(({ target, decision }) => `${target} ${decision.rule.kind === 'built-in' ? '' : decision.rule.pointer}`),
  };
}

describe('the DNS responder', () => {
  it('gives an allowed name an address that stands for it', () => {
    assert.deepEqual(ask('www.example.org'), { rcode: 'NOERROR', id: 7, answers: ['198.18.1.0'], denied: [] });
  });

  it('gives it an IPv6 address too', () => {
    assert.deepEqual(ask('www.example.org', 'AAAA'), { rcode: 'NOERROR', id: 7, answers: ['2001:2::100'], denied: [] });
  });

  it('counts one look-up of a denied name once, whichever sorts of addresses are asked for, and each further one', () => {
    const isNewLookup = createLookupCounter();
    const counted = (name: string, type: packet.RecordType, pid?: number): number => {
      let denials = 0;
      const judge = judgeOf(policy, () => denials++);
      const query = packet.encode({ type: 'query', id: 7, questions: [{ type, name, class: 'IN' }] });
      answerQuery(query, { judge, addresses: createNameAddresses(), ipv6: true, isNewLookup, ...(pid !== undefined && { caller: () => ({ pid, program: '/bin/x', command: [] }) }) });
      return denials;
    };
    assert.deepEqual([counted('evil.test', 'A'), counted('evil.test', 'AAAA'), counted('evil.test', 'AAAA'), counted('evil.test', 'A')], [1, 0, 1, 0]);
    assert.deepEqual([counted('evil.test', 'AAAA', 7), counted('evil.test', 'A', 8), counted('other.test', 'TXT', 7)], [1, 1, 1]);
  });

  it('says that a denied name does not exist, and which rule denies it', () => {
    assert.deepEqual(ask('data.evil.test'), { rcode: 'NXDOMAIN', id: 7, answers: [], denied: ['data.evil.test /network/allowedDomains'] });
    assert.deepEqual(ask('bad.example.org').denied, ['bad.example.org /network/deniedDomains/0']);
  });

  it('has nothing but addresses to tell about an allowed name', () => {
    for (const type of ['MX', 'TXT', 'SRV', 'NS', 'CNAME', 'HTTPS' as 'TXT', 'ANY' as 'TXT'] as const) assert.deepEqual(ask('example.com', type), { rcode: 'NOERROR', id: 7, answers: [], denied: [] });
  });

  it('reports lookups of any kind, so that nothing leaves in a TXT query', () => {
    assert.deepEqual(ask('c2VjcmV0.evil.test', 'TXT').denied, ['c2vjcmv0.evil.test /network/allowedDomains']);
  });

  it('has no services to tell of, and reports only who looks for those of other hosts', () => {
    assert.deepEqual(ask('_https._tcp.example.com', 'SRV'), { rcode: 'NOERROR', id: 7, answers: [], denied: [] });
    assert.deepEqual(ask('_https._tcp.evil.test', 'SRV'), { rcode: 'NXDOMAIN', id: 7, answers: [], denied: ['_https._tcp.evil.test /network/allowedDomains'] });
  });

  it('knows localhost without asking', () => {
    assert.deepEqual([ask('localhost').answers, ask('app.localhost', 'AAAA').answers], [['127.0.0.1'], ['::1']]);
  });

  it('answers nothing to what is not a query', () => {
    const judge: NetworkJudge = { connect: () => assert.fail(), admit: () => assert.fail(), resolve: () => assert.fail(), report: () => assert.fail() };
    const response = packet.encode({ type: 'response', id: 1, flags: 0, questions: [{ type: 'A', name: 'x.test', class: 'IN' }] });
    for (const message of [Buffer.alloc(0), Buffer.alloc(12), Buffer.from('hello, this is not DNS'), response]) assert.equal(answerQuery(message, { judge, addresses: createNameAddresses(), ipv6: true }), undefined);
  });

  it('answers any bytes with a response or not at all, and only allowed names with an address', () => {
    const judge = judgeOf(policy, () => undefined);
    const query = packet.encode({ type: 'query', id: 7, flags: 0, questions: [{ type: 'A', name: 'www.example.org', class: 'IN' }] });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(query.length - 1), fc.nat(255)), { maxLength: 8 }), fc.uint8Array({ maxLength: 30 }), (changes, tail) => {
        const message = Buffer.concat([query, tail]);
        for (const [at, value] of changes) message[at] = value;
        const addresses = createNameAddresses();
        const answer = answerQuery(message, { judge, addresses, ipv6: true });
        if (answer === undefined) return;
        assert.ok(answer.length <= 1024);
        for (const record of packet.decode(answer).answers ?? []) {
          assert.ok(record.type === 'A' || record.type === 'AAAA');
          const name = addresses.nameOf(record.data);
          assert.ok(name === undefined || judge.resolve(name).outcome === 'allow', record.data);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('addresses that stand for names', () => {
  it('stay with their name, and are given to another when there are no more', () => {
    const addresses = createNameAddresses(2);
    const of = (name: string): string => addresses.addressesFor(name).ipv4;
    const [a, b] = [of('a.test'), of('b.test')];
    assert.notEqual(a, b);
    assert.equal(of('a.test'), a);
    assert.equal(of('c.test'), b); // b.test was longest unused
    assert.deepEqual([addresses.nameOf(a), addresses.nameOf(b), addresses.nameOf('198.19.255.255'), addresses.nameOf('10.0.0.1'), addresses.nameOf('::1')], ['a.test', 'c.test', undefined, undefined, undefined]);
  });

  it('are found by either of them, the last one too', () => {
    const addresses = createNameAddresses();
    let last = addresses.addressesFor('0.test');
    for (let i = 1; i < 130_816; i++) last = addresses.addressesFor(`${i}.test`);
    assert.deepEqual(last, { ipv4: '198.19.255.255', ipv6: '2001:2::1:ffff' });
    for (const address of [last.ipv4, last.ipv6, `::ffff:${last.ipv4}`]) assert.equal(addresses.nameOf(address), '130815.test');
    assert.deepEqual([isNameAddress('2001:2:0:ffff::1'), isNameAddress('2001:3::1'), isNameAddress('198.17.255.255')], [true, false, false]);
  });
});
