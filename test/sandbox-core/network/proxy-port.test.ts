import { strict as assert } from 'node:assert';
import { connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';

import { fc } from '../../support/properties';
import type { HostLookup } from 'sandbox-core';

import { openEgress } from '../../support/egress';
import { policyOf } from '../../support/policies';
import { echoServer, exchange, listen } from '../../support/raw-socket';

async function setUp(context: TestContext) {
  const cleanup = { after: (undo: () => void) => context.after(undo) };
  const echoPort = await listen(echoServer(), cleanup);
  const policy = policyOf({ network: { allowedDomains: [`good.test:${echoPort}`, `127.0.0.1:${echoPort}`, `localhost:${echoPort}`, 'rebind.test', 'gone.test:1', '127.0.0.1:1'], deniedDomains: ['bad.test'] } });
  const lookup: HostLookup = (name) => Promise.resolve([{ address: name === 'rebind.test' ? '127.0.0.2' : '127.0.0.1', family: 4 }]);
  const { proxyPort, denials } = await openEgress(cleanup, { policy, lookup });
  return { port: proxyPort, echoPort, denials };
}

const GREETING = Buffer.from([5, 1, 0]);
const name = (host: string | Buffer): Buffer => Buffer.concat([Buffer.from([3, Buffer.byteLength(host)]), Buffer.from(host)]);
const ipv4 = (...bytes: number[]): Buffer => Buffer.from([1, ...bytes]);
const ipv6 = (hex: string): Buffer => Buffer.concat([Buffer.from([4]), Buffer.from(hex, 'hex')]);

function socksRequest(address: Buffer, port: number, command = 1): Buffer {
  return Buffer.concat([Buffer.from([5, command, 0]), address, Buffer.from([port >> 8, port & 0xff])]);
}

/** Greets, asks, and if granted sends `hello` and ends: the reply code and what was echoed. */
function socks(port: number, request: Buffer, chunks = 1): Promise<{ readonly reply: number | undefined; readonly echoed: string }> {
  return new Promise((resolve) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => undefined);
    let received = Buffer.alloc(0);
    let asked = false;
    let granted = false;
    const bytes = Buffer.concat([GREETING, request]);
    if (chunks > 1) for (const byte of GREETING) socket.write(Buffer.from([byte]));
    else socket.write(GREETING);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (!asked && received.length >= 2) {
        asked = true;
        for (let at = GREETING.length; at < bytes.length; at += chunks > 1 ? 1 : bytes.length) socket.write(bytes.subarray(at, chunks > 1 ? at + 1 : undefined));
      }
      if (!granted && received[3] === 0 && received.length >= 12) {
        granted = true;
        socket.end('hello');
      }
    });
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve({ reply: received[3], echoed: received.subarray(12).toString() }));
  });
}

describe('the proxy port', () => {
  it('speaks SOCKS5 with names and addresses, in whatever pieces it comes', async (context) => {
    const { port, echoPort, denials } = await setUp(context);
    for (const address of [name('good.test'), name('GOOD.test.'), name('localhost'), ipv4(127, 0, 0, 1), ipv6('00000000000000000000ffff7f000001')])
      for (const chunks of [1, 99]) assert.deepEqual(await socks(port, socksRequest(address, echoPort), chunks), { reply: 0, echoed: 'hello' });
    assert.deepEqual(denials, []);
  });

  it('speaks HTTP on the same port', async (context) => {
    const { port } = await setUp(context);
    assert.match(await exchange(port, 'CONNECT bad.test:443 HTTP/1.1\r\nHost: bad.test\r\n\r\n'), /^HTTP\/1\.1 403 /);
  });

  it('judges SOCKS5 destinations as all others', async (context) => {
    const { port, echoPort, denials } = await setUp(context);
    const refused = [name('bad.test'), name('evil.test'), name('evil\0.good.test'), name('good.test\n'), name('rebind.test'), name('x'.repeat(255)), ipv4(192, 0, 2, 1), ipv6('20010db8000000000000000000000001'), ipv6('0064ff9b00000000000000007f000001')];
    for (const address of refused) assert.equal((await socks(port, socksRequest(address, echoPort))).reply, 2, address.toString());
    assert.equal((await socks(port, socksRequest(name('good.test'), echoPort + 1))).reply, 2);
    assert.equal(denials.length, refused.length + 1);
    assert.ok(denials.every(({ operation }) => operation === 'connect'));
  });

  it('says when an allowed server cannot be reached', async (context) => {
    const { port } = await setUp(context);
    assert.equal((await socks(port, socksRequest(name('gone.test'), 1))).reply, 5);
  });

  it('refuses what is not CONNECT, what is not SOCKS5, and what nobody speaks', async (context) => {
    const { port, echoPort } = await setUp(context);
    for (const command of [2, 3]) assert.equal((await socks(port, socksRequest(name('good.test'), echoPort, command))).reply, 7);
    for (const request of [socksRequest(Buffer.from([9, 0]), echoPort), socksRequest(name('good.test'), echoPort, 9)]) assert.equal((await socks(port, request)).reply, undefined);
    assert.equal(await exchange(port, Buffer.from([5, 1, 2])), '\x05\xff'); // only with a password
    assert.doesNotMatch(await exchange(port, Buffer.from([4, 1, 0, 80, 127, 0, 0, 1, 0])), /Z/); // SOCKS4 would grant with 0x5a
  });

  it('survives any bytes, and opens nothing for them', async (context) => {
    const { port, echoPort } = await setUp(context);
    const request = Buffer.concat([GREETING, socksRequest(name('good.test'), echoPort)]);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), fc.nat(request.length), async (noise, at) => {
        await new Promise<void>((resolve) => {
          const socket = connect({ port, host: '127.0.0.1' }, () => socket.end(Buffer.concat([request.subarray(0, at), noise])));
          socket.on('error', () => undefined).resume();
          socket.on('close', () => resolve());
        });
      }),
      { numRuns: 100 },
    );
    assert.deepEqual(await socks(port, socksRequest(name('good.test'), echoPort)), { reply: 0, echoed: 'hello' });
  });
});
