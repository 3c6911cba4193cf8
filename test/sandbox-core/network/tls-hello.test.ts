import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import { connect } from 'node:tls';
import { Duplex } from 'node:stream';

import { fc } from '../../support/properties';
import { judgeFirstBytes, MAX_HELLO_BYTES, readFirstBytes } from 'sandbox-core/internal/network/tls-hello';

import { judgeOf } from '../../support/network';
import { policyOf, resolved } from '../../support/policies';

/** What Node's own TLS client would send first. */
function helloFor(servername: string): Promise<Buffer> {
  return new Promise((resolve) => {
    const wire = new Duplex({ read: () => undefined, write: (chunk: Buffer) => resolve(chunk) });
    connect({ socket: wire, servername }).on('error', () => undefined);
  });
}

/** The same handshake message in records of at most `size` bytes. */
function inRecords(hello: Buffer, size: number): Buffer {
  const message = hello.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 0xff]), part);
  }
  return Buffer.concat(records);
}

const policy = resolved(policyOf({ network: { allowedDomains: ['good.test', 'also.test:443', '192.0.2.1', 'localhost:443'], deniedDomains: [] } }));
const judge = judgeOf(policy, () => undefined);

describe('the server name of a TLS handshake', () => {
  it('is read, however the handshake is cut into records', async () => {
    const hello = await helloFor('Good.test');
    for (const size of [1, 7, 100, 16_384]) assert.deepEqual(await readFirstBytes(inRecords(hello, size)), { kind: 'hello', serverName: 'Good.test' });
  });

  it('may be absent', async () => {
    assert.deepEqual(await readFirstBytes(await helloFor('')), { kind: 'hello' });
  });

  it('is waited for, byte by byte', async () => {
    const hello = inRecords(await helloFor('good.test'), 50);
    await fc.assert(
      fc.asyncProperty(fc.nat(hello.length - 1), async (length) => {
        const first = await readFirstBytes(hello.subarray(0, length));
        assert.ok(first.kind === 'incomplete' && first.needed > length && first.needed <= hello.length, JSON.stringify(first));
      }),
    );
  });

  it('is never made up from other bytes, and reading always comes to an end', async () => {
    const hello = await helloFor('good.test');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(hello.length - 1), fc.nat(255)), { minLength: 1, maxLength: 12 }), async (changes) => {
        const bytes = Buffer.from(hello);
        for (const [at, value] of changes) bytes[at] = value;
        assert.ok(['other', 'incomplete', 'hello', 'malformed'].includes((await readFirstBytes(bytes)).kind));
      }),
      { numRuns: 500 },
    );
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (tail) => assert.notEqual((await readFirstBytes(Buffer.from([22, 3, 1, ...tail]))).kind, 'other')), { numRuns: 500 });
  });

  it('is not waited for beyond a bound', async () => {
    const endless = inRecords(Buffer.concat([Buffer.alloc(5), Buffer.from([1, 0xff, 0xff, 0xff]), Buffer.alloc(MAX_HELLO_BYTES)]), 16_000);
    assert.deepEqual(await readFirstBytes(endless), { kind: 'malformed' });
  });

  const verdictFor = async (host: string, port: number, bytes: Buffer) => {
    const { verdict, denial } = await judgeFirstBytes(bytes, { host, port }, judge);
    return denial ? `${verdict} ${denial.target}` : verdict;
  };

  it('must be one that the policy allows', async () => {
    assert.equal(await verdictFor('good.test', 443, await helloFor('GOOD.test')), 'pass');
    assert.equal(await verdictFor('good.test', 443, await helloFor('also.test')), 'pass');
    assert.equal(await verdictFor('good.test', 8443, await helloFor('also.test')), 'refuse also.test:8443');
    assert.equal(await verdictFor('good.test', 443, await helloFor('evil.test')), 'refuse evil.test:443');
    assert.equal(await verdictFor('good.test', 443, Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])), 'refuse good.test:443');
  });

  it('says nothing about addresses, nor about what is not TLS', async () => {
    assert.equal(await verdictFor('192.0.2.1', 443, await helloFor('evil.test')), 'pass');
    assert.equal(await verdictFor('localhost', 443, await helloFor('evil.test')), 'pass');
    assert.equal(await verdictFor('good.test', 443, Buffer.from('GET / HTTP/1.1\r\nHost: evil.test\r\n')), 'pass');
  });
});
