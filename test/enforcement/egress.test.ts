import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';

import type { HostLookup } from 'sandbox-core';
import { absolutePath } from 'sandbox-core/policy';

import { policyOf } from '../support/policies';
import { podOf } from '../support/processes';
import { listen } from '../support/raw-socket';
import { openSandbox, whyNotEnforced } from '../support/sandbox';

const skip = whyNotEnforced() ?? false;
const lookup: HostLookup = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);

/** A server on the host that keeps what it is told, and a sandbox that may reach it as good.test. */
async function open(context: TestContext, allowed: readonly string[] = []) {
  const cleanup = { after: (undo: () => void) => context.after(undo) };
  const received: Buffer[] = [];
  const server = createServer((socket: Socket) => void socket.on('data', (chunk: Buffer) => received.push(chunk)));
  const port = await listen(server, cleanup);
  const sandbox = await openSandbox(context, { policy: policyOf({ network: { allowedDomains: [`good.test:${port}`, `also.test:${port}`, '127.0.0.1', ...allowed], deniedDomains: [] } }), lookup });
  const node = async (source: string, ...args: string[]): Promise<string> => (await sandbox.run([process.execPath, '-e', source, ...args])).stdout.trim();
  return { sandbox, port, server, node, bytes: () => Buffer.concat(received) };
}

/** Starts TLS towards a host under another name, and prints how the connection ends. */
const HANDSHAKE = `
  const [host, port, servername] = process.argv.slice(1);
  const socket = require('node:tls').connect({ host, port, servername, rejectUnauthorized: false });
  socket.on('error', (error) => console.log(error.code)).on('close', () => console.log('closed'));`;

describe('the way out of the sandbox', { skip }, () => {
  it('leads to names over IPv6 too', async (context) => {
    const { node, port, server, sandbox } = await open(context);
    server.on('connection', (socket: Socket) => socket.end('hello'));
    const client = "require('node:net').connect({ host: 'good.test', port: Number(process.argv[1]), family: 6 }).on('data', (d) => console.log(String(d))).on('error', (e) => console.log(e.code));";
    assert.equal(await node(client, String(port)), 'hello');
    assert.deepEqual(sandbox.violations(), []);
  });

  it('answers DNS over UDP and TCP, for any type', async (context) => {
    const { node } = await open(context);
    const client = `
      const { Resolver } = require('node:dns').promises;
      (async () => {
        const resolver = new Resolver();
        resolver.setServers(['192.0.2.53']);
        console.log(await resolver.resolve4('good.test'), await resolver.resolve6('good.test'), await resolver.resolveTxt('good.test').catch((e) => e.code), await resolver.resolveMx('evil.test').catch((e) => e.code));
        const query = Buffer.from('000700000001000000000000' + '04676f6f6404746573740000010001', 'hex');
        for (const server of ['192.0.2.53', '2001:db8::53']) {
          const socket = require('node:net').connect(53, server).on('data', (d) => { console.log(d.readUInt16BE(0) === d.length - 2, d.subarray(-4).join('.')); socket.destroy(); });
          socket.write(Buffer.concat([Buffer.from([0, query.length]), query]));
          await require('node:events').once(socket, 'close');
        }
      })();`;
    assert.equal(await node(client), "[ '198.18.1.0' ] [ '2001:2::100' ] ENODATA ENOTFOUND\ntrue 198.18.1.0\ntrue 198.18.1.0");
  });

  it('passes no TLS handshake for another server than the one that was asked for', async (context) => {
    const { sandbox, node, port, bytes } = await open(context);
    assert.equal(await node(HANDSHAKE, 'good.test', String(port), 'evil.test'), 'ECONNRESET\nclosed');
    assert.equal(bytes().length, 0);
    assert.deepEqual(sandbox.violations(), [`connect evil.test:${port} /network/allowedDomains`]);
    assert.match(sandbox.session.violations.violations[0]!.reason, /a connection to good\.test:\d+ carried a TLS handshake for it/);
  });

  it('passes a TLS handshake for the server that was asked for, or for another that is allowed', async (context) => {
    for (const servername of ['good.test', 'also.test']) {
      const { sandbox, node, port, bytes, server } = await open(context);
      server.on('connection', (socket: Socket) => socket.once('data', () => socket.destroy()));
      await node(HANDSHAKE, 'good.test', String(port), servername);
      assert.ok(bytes().includes(servername) && bytes()[0] === 22, servername);
      assert.deepEqual(sandbox.violations(), []);
    }
  });

  it('looks at the handshake in a tunnel of its proxy as well', async (context) => {
    const { sandbox, node, port, bytes } = await open(context);
    const client = `
      const [port, servername] = process.argv.slice(1);
      require('node:http').request({ host: '198.18.0.1', port: 3128, method: 'CONNECT', path: 'good.test:' + port }).on('connect', (response, socket) => {
        require('node:tls').connect({ socket, servername }).on('error', (error) => console.log(response.statusCode, error.code)).on('close', () => process.exit());
      }).end();`;
    assert.equal(await node(client, String(port), 'evil.test'), '200 ECONNRESET');
    assert.equal(bytes().length, 0);
    assert.deepEqual(sandbox.violations(), [`connect evil.test:${port} /network/allowedDomains`]);
  });

  it('does not wait for a client to speak first', async (context) => {
    const { node, port, server } = await open(context);
    server.on('connection', (socket: Socket) => socket.write('220 ready\n'));
    const client = "require('node:net').connect(Number(process.argv[1]), 'good.test').on('data', (d) => { console.log(String(d)); process.exit(); });";
    assert.equal(await node(client, String(port)), '220 ready');
  });

  it('speaks SOCKS5 beside HTTP, and lets the client talk only when it is through', async (context) => {
    const { node, port, bytes } = await open(context);
    const client = `
      const [host, port] = process.argv.slice(1);
      const socket = require('node:net').connect(3128, '198.18.0.1');
      const request = Buffer.concat([Buffer.from([5, 1, 0, 3, host.length]), Buffer.from(host), Buffer.from([port >> 8, port & 255])]);
      socket.write(Buffer.from([5, 1, 0]));
      socket.once('data', () => { socket.write(request); socket.once('data', (reply) => { console.log(reply[1]); if (reply[1] === 0) socket.end('through'); }); });
      socket.on('close', () => process.exit());`;
    assert.equal(await node(client, 'evil.test', String(port)), '2');
    assert.equal(bytes().length, 0);
    assert.equal(await node(client, 'good.test', String(port)), '0');
    assert.equal(bytes().toString(), 'through');
  });

  it('resets what a server resets, and ends what a server ends', async (context) => {
    const { node, port, server } = await open(context);
    server.on('connection', (socket: Socket) => socket.once('data', (chunk: Buffer) => (chunk.toString() === 'reset' ? socket.resetAndDestroy() : socket.end())));
    const client = `
      const { connect } = require('node:net');
      const talk = (word) => new Promise((resolve) => connect(${port}, 'good.test').on('error', (e) => resolve(e.code)).on('end', () => resolve('end')).resume().write(word));
      (async () => console.log(await talk('reset'), await talk('end')))();`;
    assert.equal(await node(client), 'ECONNRESET end');
  });

  it('is closed when the pod ends: the command is stopped, and nothing passes', async (context) => {
    const { sandbox, port, server } = await open(context);
    const accepted = once(server, 'connection');
    const running = await sandbox.session.run({
      argv: [process.execPath, '-e', `require('node:net').connect(${port}, 'good.test').write('first'); setInterval(() => undefined, 1000);`],
      directory: absolutePath(sandbox.directory),
      streams: ['ignore', 'ignore', 'ignore'],
      terminal: 'none',
    });
    const [connection] = (await accepted) as [Socket];
    const closed = once(connection, 'close');
    process.kill(podOf(await sandbox.session.openSocket()), 'SIGKILL');
    await closed;
    assert.notEqual((await running.exited).code, 0);
    assert.match((await sandbox.session.ended)?.message ?? '', /network pod/);
    await assert.rejects(sandbox.run(['true']), /session/);
  });
});
