import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect, createServer } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';

import type { Policy } from 'sandbox-core/policy';

import { openEgress, type TestEgressOptions } from '../../support/egress';
import { policyOf } from '../../support/policies';
import { exchange, listen } from '../../support/raw-socket';
import { connectThroughTunnel, converse, openTunnel, tlsServer } from '../../support/tls-server';

async function setUp(context: TestContext, network: (port: number) => Partial<Policy['network']>, options: { readonly protocols?: readonly string[] } & Partial<TestEgressOptions> = {}) {
  const cleanup = { after: (undo: () => void) => context.after(undo) };
  const seen: string[] = [];
  const web = await tlsServer(cleanup, (request, response) => {
    seen.push(`${request.httpVersion} ${request.method} ${String(request.headers[':authority'] ?? request.headers.host)} ${request.url}`);
    response.setHeader('set-cookie', 'session=1');
    response.end('hello');
  }, options.protocols);
  const policy = policyOf({ network: { allowedDomains: ['good.test', 'other.test', '127.0.0.1'], deniedDomains: [], tlsTerminate: {}, ...network(web.port) } });
  const opened = await openEgress(cleanup, { trusted: [web.ca], ...options, policy });
  return { ...opened, web, seen, ca: opened.authority!.certificate };
}

const get = (host: string, path = '/'): string => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;

describe('TLS termination', () => {
  it('shows a certificate for the host and passes requests on', async (context) => {
    const { proxyPort, ca, web, seen } = await setUp(context, () => ({}));
    const socket = await connectThroughTunnel(proxyPort, `good.test:${web.port}`, { ca, name: 'good.test' });
    assert.equal(socket.getPeerCertificate().subjectaltname, 'DNS:good.test');
    assert.match(await converse(socket, get(`good.test:${web.port}`, '/a?b=c')), /^HTTP\/1\.1 200 OK[^]*hello/);
    assert.deepEqual(seen, [`1.1 GET good.test:${web.port} /a?b=c`]);
  });

  for (const protocols of [['h2', 'http/1.1'], ['http/1.1']])
    it(`speaks HTTP/2 to the program when the server speaks ${protocols[0]}`, async (context) => {
      const { proxyPort, ca, web, seen } = await setUp(context, () => ({}), { protocols });
      const socket = await connectThroughTunnel(proxyPort, `good.test:${web.port}`, { ca, name: 'good.test', protocols: ['h2'] });
      const session = connectHttp2(`https://good.test:${web.port}`, { createConnection: () => socket });
      const answers = await Promise.all(['/1', '/2'].map((path) => text(session.request({ ':path': path }))));
      session.destroy();
      assert.deepEqual(answers, ['hello', 'hello']);
      assert.deepEqual(seen.sort(), ['/1', '/2'].map((path) => `${protocols[0] === 'h2' ? '2.0' : '1.1'} GET good.test:${web.port} ${path}`));
    });

  it('keeps a body of unknown length inside its request, whatever the method', async (context) => {
    const { proxyPort, ca, web, seen } = await setUp(context, () => ({ requests: [{ host: 'good.test', paths: ['/admin'], action: 'deny' }] }), { protocols: ['http/1.1'] });
    const socket = await connectThroughTunnel(proxyPort, `good.test:${web.port}`, { ca, name: 'good.test', protocols: ['h2'] });
    const session = connectHttp2(`https://good.test:${web.port}`, { createConnection: () => socket });
    const methods = ['DELETE', 'OPTIONS', 'GET', 'POST'];
    for (const method of methods) {
      const stream = session.request({ ':method': method, ':path': '/' }, { endStream: false });
      stream.end(`GET /admin HTTP/1.1\r\nHost: good.test:${web.port}\r\n\r\n`);
      await text(stream);
    }
    session.destroy();
    assert.deepEqual(seen, methods.map((method) => `1.1 ${method} good.test:${web.port} /`));
  });

  it('goes through a parent proxy, except to what NO_PROXY names', async (context) => {
    const cleanup = { after: (undo: () => void) => context.after(undo) };
    const asked: string[] = [];
    const parent = createHttpServer().on('connect', (request, client) => {
      asked.push(String(request.url));
      const server = connect(Number(String(request.url).split(':')[1]), '127.0.0.1', () => (client.write('HTTP/1.1 200 OK\r\n\r\n'), client.pipe(server).pipe(client)));
    });
    const parentPort = await listen(parent, cleanup);
    const { proxyPort, ca, web, seen } = await setUp(context, () => ({ parentProxy: { https: `http://127.0.0.1:${parentPort}`, noProxy: 'other.test' } }));
    for (const name of ['good.test', 'other.test']) {
      const socket = await connectThroughTunnel(proxyPort, `${name}:${web.port}`, { ca, name });
      await converse(socket, get(`${name}:${web.port}`));
    }
    assert.deepEqual([seen.length, asked], [2, [`good.test:${web.port}`]]);
  });

  it('waits for a program that is slow to speak', async (context) => {
    const { proxyPort, ca, web, seen } = await setUp(context, () => ({}));
    const dialled = once(web.server, 'connection'); // by then the proxy has stopped waiting for the program alone
    const socket = await openTunnel(proxyPort, `good.test:${web.port}`);
    await dialled;
    const secure = connectTls({ socket, servername: 'good.test', ca });
    assert.match(await converse(secure, get(`good.test:${web.port}`)), /hello/);
    assert.equal(seen.length, 1);
  });

  it('lets a server speak first', async (context) => {
    const cleanup = { after: (undo: () => void) => context.after(undo) };
    const port = await listen(createServer((socket) => socket.write('220 ready\r\n') && socket.on('data', (chunk: Buffer) => socket.end(`you said ${chunk.toString()}`))), cleanup);
    const { proxyPort } = await setUp(context, () => ({}));
    const socket = await openTunnel(proxyPort, `good.test:${port}`);
    const [greeting] = (await once(socket, 'data')) as [Buffer];
    socket.write('QUIT');
    assert.equal(greeting.toString() + (await text(socket)), '220 ready\r\nyou said QUIT');
  });

  it('leaves excluded hosts alone', async (context) => {
    const { proxyPort, web } = await setUp(context, () => ({ tlsTerminate: { excludeDomains: ['good.test'] } }));
    const socket = await connectThroughTunnel(proxyPort, `good.test:${web.port}`, { ca: web.ca, name: 'good.test' });
    assert.match(await converse(socket, get('good.test')), /hello/);
  });

  it('does not trust a server that nobody trusts', async (context) => {
    const { proxyPort, ca, web, seen } = await setUp(context, () => ({}), { trusted: [] });
    const socket = await connectThroughTunnel(proxyPort, `good.test:${web.port}`, { ca, name: 'good.test' });
    assert.match(await converse(socket, get(`good.test:${web.port}`)), /^HTTP\/1\.1 502 [^]*the TLS connection to the server failed/);
    assert.deepEqual(seen, []);
  });

  it('judges the host that a request names, not only the one the connection goes to', async (context) => {
    const { proxyPort, ca, web, seen, denied } = await setUp(context, () => ({}));
    const refused = await connectThroughTunnel(proxyPort, `good.test:${web.port}`, { ca, name: 'good.test' });
    assert.match(await converse(refused, get('evil.test')), /^HTTP\/1\.1 421 [^]*X-Srt-Rule: \/network\/allowedDomains/);
    const fronted = await connectThroughTunnel(proxyPort, `good.test:${web.port}`, { ca, name: 'evil.test' });
    assert.match(await converse(fronted, get(`good.test:${web.port}`)), /^HTTP\/1\.1 421 /);
    assert.deepEqual(seen, []);
    assert.deepEqual(denied(), ['request GET https://evil.test/ /network/allowedDomains', `request GET https://good.test:${web.port}/ /network/allowedDomains`]);
  });

  it('insists on one name if requireHostMatch is set', async (context) => {
    const { proxyPort, ca, web, denied } = await setUp(context, () => ({ requireHostMatch: true }));
    const socket = await connectThroughTunnel(proxyPort, `good.test:${web.port}`, { ca, name: 'good.test' });
    assert.match(await converse(socket, get(`other.test:${web.port}`)), /^HTTP\/1\.1 421 /);
    assert.deepEqual(denied(), [`request GET https://other.test:${web.port}/ /network/requireHostMatch`]);
    const right = await connectThroughTunnel(proxyPort, `good.test:${web.port}`, { ca, name: 'good.test' });
    assert.match(await converse(right, get(`good.test:${web.port}`)), /^HTTP\/1\.1 200 /);
  });

  it('removes response headers that the policy names, however they are spelled', async (context) => {
    const { proxyPort, ca, web } = await setUp(context, () => ({ stripResponseHeaders: ['Set_Cookie'] }));
    const socket = await connectThroughTunnel(proxyPort, `good.test:${web.port}`, { ca, name: 'good.test' });
    assert.doesNotMatch(await converse(socket, get(`good.test:${web.port}`)), /set-cookie/i);
  });

  it('refuses what it cannot look into, if refuseOpaqueTunnels is set', async (context) => {
    const { proxyPort, ca, web, denied } = await setUp(context, () => ({ refuseOpaqueTunnels: true, tlsTerminate: { excludeDomains: ['other.test'] } }));
    const open = await connectThroughTunnel(proxyPort, `good.test:${web.port}`, { ca, name: 'good.test' });
    assert.match(await converse(open, get(`good.test:${web.port}`)), /^HTTP\/1\.1 200 /);
    await assert.rejects(connectThroughTunnel(proxyPort, `other.test:${web.port}`, { ca: web.ca, name: 'other.test' }));
    assert.deepEqual(denied(), [`connect other.test:${web.port} /network/refuseOpaqueTunnels`]);
  });

  it('opens no more tunnels than maxTunnels', async (context) => {
    const { proxyPort, ca, web } = await setUp(context, () => ({ tlsTerminate: { maxTunnels: 1 } }));
    const first = await connectThroughTunnel(proxyPort, `good.test:${web.port}`, { ca, name: 'good.test' });
    await assert.rejects(connectThroughTunnel(proxyPort, `good.test:${web.port}`, { ca, name: 'good.test' }), /^Error: HTTP\/1\.1 503 [^]*too-many-tunnels/);
    first.destroy();
  });

  it('lets go of a client that does not finish its handshake', async (context) => {
    const { proxyPort, web } = await setUp(context, () => ({ tlsTerminate: { handshakeTimeoutMs: 100 } }));
    assert.equal(await exchange(proxyPort, `CONNECT good.test:${web.port} HTTP/1.1\r\nHost: x\r\n\r\n\x16\x03\x01`), 'HTTP/1.1 200 Connection established\r\n\r\n');
  });
});

describe('rules for requests', () => {
  const requests = (port: number): Partial<Policy['network']> => ({ requests: [{ host: `good.test:${port}`, methods: ['GET', 'HEAD'] }, { host: 'good.test', paths: ['/admin/**'], action: 'deny', reason: 'ask an owner' }] });

  it('judge every request by method and path', async (context) => {
    const { proxyPort, ca, web, seen, denied } = await setUp(context, requests);
    const answers: string[] = [];
    for (const line of ['GET /a', 'POST /a', 'GET /admin/x', 'GET /%61dmin/x', 'GET //admin/x', 'GET /b/../admin/x']) {
      const socket = await connectThroughTunnel(proxyPort, `good.test:${web.port}`, { ca, name: 'good.test' });
      answers.push((await converse(socket, `${line} HTTP/1.1\r\nHost: good.test:${web.port}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)).slice(9, 12));
    }
    assert.deepEqual(answers, ['200', '403', '403', '403', '403', '400']);
    assert.equal(seen.length, 1);
    assert.deepEqual(denied()[0], `request POST https://good.test:${web.port}/a /network/requests`);
    assert.deepEqual(denied()[1], `request GET https://good.test:${web.port}/admin/x /network/requests/1`);
  });

  it('close what they cannot see', async (context) => {
    const { proxyPort, web, seen, denied } = await setUp(context, (port) => ({ ...requests(port), tlsTerminate: { excludeDomains: ['good.test'] } }));
    await assert.rejects(connectThroughTunnel(proxyPort, `good.test:${web.port}`, { ca: web.ca, name: 'good.test' }));
    assert.deepEqual(seen, []);
    assert.deepEqual(denied(), [`connect good.test:${web.port} /network/requests`]);
  });
});
