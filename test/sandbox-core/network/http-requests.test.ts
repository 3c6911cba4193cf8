import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, connect } from 'node:net';
import { describe, it, type TestContext } from 'node:test';

import { createServer as createSocksServer } from '@pondwader/socks5-server';

import { fc } from '../../support/properties';
import type { NetworkRecord, RequestFilter } from 'sandbox-core';
import { createConnectionServer } from 'sandbox-core/internal/network/http/servers';
import { parentProxies } from 'sandbox-core/internal/network/parent-proxy';
import type { Policy } from 'sandbox-core/policy';

import { openEgress } from '../../support/egress';
import { policyOf } from '../../support/policies';
import { exchange, listen } from '../../support/raw-socket';
import { temporaryDirectory } from '../../support/temporary';

interface SetUpOptions {
  readonly network?: Partial<Policy['network']>;
  readonly filter?: RequestFilter;
  readonly environment?: Record<string, string>;
}

async function setUp(context: TestContext, { network, filter, environment }: SetUpOptions = {}) {
  const cleanup = { after: (undo: () => void) => context.after(undo) };
  const seen: string[] = [];
  const web = createHttpServer((request, response) => {
    seen.push(`${request.method} ${request.headers.host} ${request.url} ${String(request.headers['x-added'] ?? '')}`.trim());
    response.setHeader('Set-Cookie', 'a=1').end('hello');
  });
  web.on('upgrade', (request, socket) => {
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    socket.pipe(socket);
  });
  const port = await listen(web, cleanup);
  const policy = policyOf({ network: { allowedDomains: ['good.test', '127.0.0.1'], ...network } });
  const opened = await openEgress(cleanup, { policy, ...(filter && { filter }), ...(environment && { environment }) });
  const get = (path: string, head = ''): Promise<string> => exchange(opened.proxyPort, `GET http://good.test:${port}${path} HTTP/1.1\r\nHost: good.test:${port}\r\nConnection: close\r\n${head}\r\n`);
  return { ...opened, cleanup, port, seen, get };
}

/** Sends bytes and nothing more, and waits until the other side has closed. */
function shout(port: number, bytes: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.on('error', () => socket.destroy()).on('close', () => resolve()).resume();
  });
}

const status = (answer: string): string => answer.slice(9, 12);

describe('plain HTTP requests', () => {
  for (const [what, head, expected] of [
    ['two Host headers', 'Host: good.test\r\nHost: evil.test', '400'],
    ['a transfer encoding that is none', 'Host: good.test\r\nTransfer-Encoding: xchunked', '400'],
    ['two transfer encodings', 'Host: good.test\r\nTransfer-Encoding: gzip, chunked', '400'],
    ['a folded header', 'Host: good.test\r\nX-A: b\r\n c: d', '400'],
    ['a header name with a space', 'Host: good.test\r\nX-A : b', '400'],
    ['a bare line feed', 'Host: good.test\nX-A: b', '400'],
    ['a NUL in a value', 'Host: good.test\r\nX-A: a\0b', '400'],
    ['a head of 64 KiB', `Host: good.test\r\nX-A: ${'a'.repeat(65_536)}`, '431'],
    ['an upgrade to h2c', 'Host: good.test\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__', '400'],
  ] as const)
    it(`with ${what} are refused`, async (context) => {
      const { proxyPort, port, seen } = await setUp(context);
      const answer = await exchange(proxyPort, `GET http://good.test:${port}/ HTTP/1.1\r\n${head}\r\nConnection: close\r\n\r\n`);
      assert.deepEqual([status(answer), seen], [expected, []]);
    });

  for (const [what, paths, expected] of [
    ['that some servers read as one above', ['/open/..;/x', '/open/.;a=b/x', '/open/..%2fx', '/open/%2e%2e%5Cx', '/open/..%3bx/x'], '400'],
    ['that some servers read as a denied one', ['/open/no;v=1/x', '/open/;/no/x', '/open/no%5cx', '/open/no%2fx%ff', '/open/%2fno/x'], '403'],
    ['as they are', ['/open/a;v=1', '/open/a%2fb', '/open/a..b', '/open/..a', '/open/x?/..;/no/x'], '200'],
  ] as const)
    it(`with paths ${what} are answered with ${expected}`, async (context) => {
      const { get } = await setUp(context, { network: { requests: [{ host: 'good.test', paths: ['/open/**'] }, { host: 'good.test', paths: ['/open/no/**'], action: 'deny' }] } });
      assert.deepEqual(await Promise.all(paths.map(async (path) => `${path} ${status(await get(path))}`)), paths.map((path) => `${path} ${expected}`));
    });

  it('are answered after the server has ended the connection that was kept for them', async (context) => {
    const cleanup = { after: (undo: () => void) => context.after(undo) };
    const ended: Promise<unknown>[] = [];
    const web = createServer((socket) => void socket.on('error', () => undefined).once('data', () => (ended.push(once(socket, 'close')), socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'))));
    const port = await listen(web, cleanup);
    const { proxyPort } = await openEgress(cleanup, { policy: policyOf({ network: { allowedDomains: ['good.test', '127.0.0.1'] } }) });
    for (let round = 0; round < 3; round++) {
      assert.match(await exchange(proxyPort, `GET http://good.test:${port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`), /hello$/);
      await Promise.all(ended); // the proxy has closed its side too
    }
  });

  it('are sent again if the server ends the kept connection just then, unless that could do something twice', async (context) => {
    const cleanup = { after: (undo: () => void) => context.after(undo) };
    // Each connection is good for one answer, and reset by what comes after it.
    const web = createServer((socket) => void socket.on('error', () => undefined).once('data', () => (socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'), socket.once('data', () => socket.resetAndDestroy()))));
    const port = await listen(web, cleanup);
    const { proxyPort } = await openEgress(cleanup, { policy: policyOf({ network: { allowedDomains: ['good.test', '127.0.0.1'] } }) });
    const answers: string[] = [];
    for (const [method, head] of [['GET', ''], ['GET', ''], ['POST', 'Content-Length: 0\r\n']] as const) answers.push(status(await exchange(proxyPort, `${method} http://good.test:${port}/ HTTP/1.1\r\nHost: x\r\n${head}Connection: close\r\n\r\n`)));
    assert.deepEqual(answers, ['200', '200', '502']);
  });

  it('are recorded, each with the bytes of its bodies, and without its query', async (context) => {
    const { egress, proxyPort, port } = await setUp(context);
    const records: NetworkRecord[] = [];
    egress.activity.onRecord((record) => records.push(record));
    const head = `Host: good.test:${port}\r\n`;
    await exchange(proxyPort, `POST http://good.test:${port}/a?token=x HTTP/1.1\r\n${head}Content-Length: 3\r\n\r\nabcGET http://good.test:${port}/b HTTP/1.1\r\n${head}\r\nGET http://evil.test:81/c HTTP/1.1\r\n${head}Connection: close\r\n\r\n`);
    const shown = records.map(({ event, host, port: to, method, path, status, sent, received }) => [event, host, to, method, path, status, sent, received]);
    // Pipelined requests are answered in turn, and refused at once.
    assert.deepEqual(shown.sort((a, b) => String(a[4] ?? 'z').localeCompare(String(b[4] ?? 'z'))), [
      ['request', 'good.test', port, 'POST', '/a', 200, 3, 5],
      ['request', 'good.test', port, 'GET', '/b', 200, 0, 5],
      ['refused', 'evil.test', 81, undefined, undefined, undefined, 0, 0],
    ]);
    assert.deepEqual(egress.activity.byHost.find(({ name }) => name === 'good.test'), { name: 'good.test', connections: 0, requests: 2, refused: 0, sent: 3, received: 10 });
  });

  it('that ask to be sent back are refused', async (context) => {
    const { proxyPort, port, seen } = await setUp(context);
    assert.equal(status(await exchange(proxyPort, `TRACE http://good.test:${port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)), '405');
    assert.equal(status(await exchange(proxyPort, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')), '400');
    assert.deepEqual(seen, []);
  });

  it('never reach a host that is not allowed, whatever their bytes', async (context) => {
    const { proxyPort, port } = await setUp(context);
    const trap: string[] = [];
    const evil = await listen(createServer((socket) => void trap.push(String(socket.remotePort))), { after: (undo) => context.after(undo) });
    const piece = fc.constantFrom('GET ', 'CONNECT ', 'POST ', 'http://', `evil.test:${evil}`, `good.test:${port}`, '/', ' ', '@', '#', '?', '\\', '\t', '\0', '\r\n', '\n', ' HTTP/1.1', 'Host: ', 'Content-Length: 3', 'Transfer-Encoding: chunked', '0\r\n\r\n', '%00', '[::1]', ':', '..');
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 24 }), async (pieces) => {
        await shout(proxyPort, `${pieces.join('')}\r\n\r\nGET / HTTP/1.1\r\n\r\n`);
      }),
      { numRuns: 200 },
    );
    assert.deepEqual(trap, []);
    assert.equal(status(await exchange(proxyPort, `GET http://good.test:${port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)), '200');
  });

  it('that come too slowly are let go', async (context) => {
    const port = await listen(createServer(), { after: (undo) => context.after(undo) });
    const server = createConnectionServer({ headTimeoutMs: 100 });
    const front = createServer((socket) => server.emit('connection', socket));
    const frontPort = await listen(front, { after: (undo) => context.after(undo) });
    context.after(() => server.close());
    assert.equal(status(await exchange(frontPort, `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-Slow: `)), '408');
  });

  it('can open a WebSocket', async (context) => {
    const { proxyPort, port } = await setUp(context);
    const received = await new Promise<string>((resolve) => {
      let all = '';
      const socket = connect(proxyPort, '127.0.0.1', () => socket.write(`GET http://good.test:${port}/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`));
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        all += chunk;
        if (all.endsWith('\r\n\r\n')) socket.write('frames');
        if (all.endsWith('frames')) socket.end();
      });
      socket.on('close', () => resolve(all));
    });
    assert.match(received, /^HTTP\/1\.1 101 [^]*s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=[^]*frames$/i);
    assert.equal(status(await exchange(proxyPort, 'GET http://evil.test/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')), '403');
  });

  it('lose response headers that the policy names', async (context) => {
    const { get } = await setUp(context, { network: { stripResponseHeaders: ['set.cookie'] } });
    assert.doesNotMatch(await get('/'), /set-cookie/i);
  });
});

describe('the request filter', () => {
  const filter: RequestFilter = (request, { requestTarget }) => {
    if (requestTarget === '/throw') throw new Error('no');
    if (requestTarget === '/junk') return { action: 'maybe' } as never;
    if (requestTarget === '/smuggle') return { action: 'allow', setHeaders: { 'Transfer-Encoding': 'chunked' } };
    if (requestTarget === '/split') return { action: 'allow', setHeaders: { 'X-Added': 'a\r\nX-B: c' } };
    if (requestTarget === '/set') return { action: 'allow', setHeaders: { 'X-Added': new URL(request.url).host } };
    return requestTarget === '/no' ? { action: 'deny', reason: 'because', status: 451 } : { action: 'allow' };
  };

  it('has its say on each request, and anything but a clear answer denies', async (context) => {
    const { get, seen, denied } = await setUp(context, { filter });
    const answers = [];
    for (const path of ['/yes', '/no', '/throw', '/junk', '/smuggle', '/split', '/set', '/a/../no']) answers.push(status(await get(path)));
    assert.deepEqual(answers, ['200', '451', '403', '403', '403', '403', '403', '400']);
    assert.equal(seen.length, 1);
    assert.match(denied()[0]!, /^request GET http:\/\/good\.test:\d+\/no request-filter$/);
  });

  it('may add headers to plain requests only if the policy says so', async (context) => {
    const { get, seen, port } = await setUp(context, { filter, network: { allowPlaintextHeaderSet: true, ambiguousRequestTarget: 'normalize' } });
    await get('/set');
    await get('/a/../b');
    assert.deepEqual(seen, [`GET good.test:${port} /set good.test:${port}`, `GET good.test:${port} /b`]);
  });
});

describe('a parent proxy', () => {
  async function parentServer(context: TestContext) {
    const asked: string[] = [];
    const parent = createHttpServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''}`);
      response.end('from the parent');
    });
    parent.on('connect', (request, socket) => {
      asked.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? ''}`);
      const isOpen = request.url?.startsWith('outside.test') === true;
      socket.write(isOpen ? 'HTTP/1.1 200 OK\r\n\r\nearly ' : 'HTTP/1.1 403 Forbidden\r\n\r\n');
      if (isOpen) socket.pipe(socket);
      else socket.end();
    });
    return { asked, port: await listen(parent, { after: (undo) => context.after(undo) }) };
  }
  const basic = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;

  it('gets requests with their whole URL, and tunnels, with its credentials', async (context) => {
    const { asked, port } = await parentServer(context);
    const { proxyPort } = await setUp(context, { network: { allowedDomains: ['outside.test', 'closed.test'], parentProxy: { http: `http://me:p%40ss@127.0.0.1:${port}` } } });
    assert.match(await exchange(proxyPort, 'GET http://outside.test/a?b HTTP/1.1\r\nHost: outside.test\r\nProxy-Authorization: Basic inside\r\nConnection: close\r\n\r\n'), /from the parent$/);
    const tunnel = await new Promise<string>((resolve) => {
      let all = '';
      const socket = connect(proxyPort, '127.0.0.1', () => socket.write('CONNECT outside.test:443 HTTP/1.1\r\n\r\n'));
      socket.on('data', (chunk) => {
        all += String(chunk);
        if (all.endsWith('early ')) socket.write('echo');
        if (!all.endsWith('echo')) return;
        resolve(all);
        socket.destroy();
      });
    });
    assert.equal(tunnel, 'HTTP/1.1 200 Connection established\r\n\r\nearly echo');
    assert.equal(status(await exchange(proxyPort, 'CONNECT closed.test:443 HTTP/1.1\r\n\r\n')), '502');
    await exchange(proxyPort, 'GET http://closed.test/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n');
    assert.deepEqual(asked, [`GET http://outside.test/a?b ${basic}`, `CONNECT outside.test:443 ${basic}`, `CONNECT closed.test:443 ${basic}`, `CONNECT closed.test:80 ${basic}`]);
  });

  it('is not asked for what the policy denies', async (context) => {
    const { asked, port } = await parentServer(context);
    const { proxyPort } = await setUp(context, { environment: { HTTP_PROXY: `127.0.0.1:${port}` } });
    assert.equal(status(await exchange(proxyPort, 'GET http://evil.test/ HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n')), '403');
    assert.deepEqual(asked, []);
  });

  it('can be a proxy on a Unix socket for chosen hosts', async (context) => {
    const asked: string[] = [];
    const directory = temporaryDirectory({ after: (undo) => context.after(undo) });
    const mitm = createHttpServer().on('connect', (request, socket) => {
      asked.push(String(request.url));
      socket.end('HTTP/1.1 200 OK\r\n\r\nmitm');
    });
    await new Promise<void>((resolve) => mitm.listen(`${directory}/s`, resolve));
    context.after(() => mitm.close());
    const { proxyPort, get } = await setUp(context, { network: { allowedDomains: ['good.test', '*.seen.test', '127.0.0.1'], mitmProxy: { socketPath: `${directory}/s`, domains: ['*.seen.test'] } } });
    assert.match(await exchange(proxyPort, 'CONNECT a.seen.test:443 HTTP/1.1\r\n\r\n'), /mitm$/);
    assert.equal(status(await get('/')), '200');
    assert.deepEqual(asked, ['a.seen.test:443']);
  });

  it('is passed by for what NO_PROXY names, as Go reads it', () => {
    const isBypassed = ({ requests }: ReturnType<typeof parentProxies>) => (host: string): boolean => requests(host) === undefined;
    const listed = parentProxies(policyOf(), { HTTP_PROXY: 'http://p.test', no_proxy: 'corp.test, .below.test,10.0.0.0/8,192.0.2.7:80,*.star.test' });
    const hosts = ['corp.test', 'a.corp.test', 'notcorp.test', 'below.test', 'a.below.test', '10.1.2.3', '11.1.2.3', '192.0.2.7', 'a.star.test', 'star.test', 'localhost', '127.0.0.9'];
    assert.deepEqual(hosts.filter(isBypassed(listed)), ['corp.test', 'a.corp.test', 'a.below.test', '10.1.2.3', '192.0.2.7', 'a.star.test', 'localhost', '127.0.0.9']);
    assert.equal(isBypassed(parentProxies(policyOf(), { HTTP_PROXY: 'http://p.test', NO_PROXY: '*' }))('any.test'), true);
  });

  it('comes from the policy, then from the environment; for tunnels the plain one does too', () => {
    const ports = (environment: Record<string, string>, parentProxy?: { http?: string; https?: string }): unknown[] => {
      const { requests, tunnels } = parentProxies(policyOf(parentProxy ? { network: { parentProxy } } : {}), environment);
      return [requests('outside.test')?.port, tunnels({ host: 'outside.test', port: 22 })?.port];
    };
    assert.deepEqual(ports({ http_proxy: 'http://p.test:1' }), [1, 1]);
    assert.deepEqual(ports({ HTTP_PROXY: 'http://p.test:1', HTTPS_PROXY: 'https://p.test' }), [1, 443]);
    assert.deepEqual(ports({ HTTP_PROXY: 'http://p.test:1' }, { http: 'p.test:2' }), [2, 2]);
    assert.deepEqual(ports({ HTTP_PROXY: 'socks5://p.test:1' }), [undefined, undefined]);
  });

  it('is the proxy of the user, where the policy names one: judged requests and tunnels go there, and nothing past it', async (context) => {
    const cleanup = { after: (undo: () => void) => context.after(undo) };
    const seen: string[] = [];
    const own = createHttpServer((request, response) => response.end(void seen.push(`${request.method} ${request.url}`)));
    own.on('connect', (request, socket) => (seen.push(`CONNECT ${request.url}`), socket.end('HTTP/1.1 200 OK\r\n\r\nfrom afar')));
    const httpProxyPort = await listen(own, cleanup);
    const { proxyPort, denied } = await openEgress(cleanup, { policy: policyOf({ network: { allowedDomains: ['good.test'], httpProxyPort } }), environment: { NO_PROXY: '*', HTTP_PROXY: 'http://192.0.2.1' } });
    assert.match(await exchange(proxyPort, 'GET http://good.test/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 200/);
    assert.match(await exchange(proxyPort, 'CONNECT good.test:443 HTTP/1.1\r\nHost: x\r\n\r\n'), /from afar$/);
    assert.match(await exchange(proxyPort, 'CONNECT evil.test:443 HTTP/1.1\r\nHost: x\r\n\r\n'), /^HTTP\/1\.1 403/);
    assert.deepEqual([seen, denied()], [['GET http://good.test/a', 'CONNECT good.test:443'], ['connect evil.test:443 /network/allowedDomains']]);
  });

  it('is the SOCKS proxy of the user, by name; beside an HTTP one, for all but the ports of the web', async (context) => {
    const cleanup = { after: (undo: () => void) => context.after(undo) };
    const seen: string[] = [];
    const own = createSocksServer();
    own.setConnectionHandler(({ destAddress, destPort, socket }, answer) => {
      seen.push(`${destAddress}:${destPort}`);
      if (destPort === 23) return answer('CONNECTION_REFUSED');
      answer('REQUEST_GRANTED');
      socket.write('first '); // right behind the answer, as an SSH server's would be
      socket.once('data', (chunk: Buffer) => socket.end(chunk));
    });
    const socksProxyPort = await listen(createServer((socket) => own._handleConnection(socket)), cleanup);
    const { proxyPort, denied } = await openEgress(cleanup, { policy: policyOf({ network: { allowedDomains: ['good.test'], socksProxyPort } }), environment: { NO_PROXY: '*', HTTP_PROXY: 'http://192.0.2.1' } });
    assert.match(await exchange(proxyPort, 'CONNECT good.test:22 HTTP/1.1\r\nHost: x\r\n\r\necho'), /^HTTP\/1\.1 200 [^]*first echo$/);
    assert.match(await exchange(proxyPort, 'CONNECT good.test:23 HTTP/1.1\r\nHost: x\r\n\r\n'), /^HTTP\/1\.1 502/);
    assert.match(await exchange(proxyPort, 'CONNECT evil.test:22 HTTP/1.1\r\nHost: x\r\n\r\n'), /^HTTP\/1\.1 403/);
    assert.deepEqual([seen, denied()], [['good.test:22', 'good.test:23'], ['connect evil.test:22 /network/allowedDomains']]);
    const both = parentProxies(policyOf({ network: { httpProxyPort: 1, socksProxyPort: 2 } }), {});
    assert.deepEqual([80, 443, 22].map((port) => both.tunnels({ host: 'good.test', port })?.port), [1, 1, 2]);
  });
});
