import { strict as assert } from 'node:assert';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { constants } from 'node:os';
import { describe, it, type TestContext } from 'node:test';

import type { HostLookup } from 'sandbox-core';

import { policyOf } from '../support/policies';
import { echoServer, listen } from '../support/raw-socket';
import { openSandbox, whyNotEnforced, type TestSandbox } from '../support/sandbox';

const skip = whyNotEnforced() ?? false;

/** Every name leads to loopback; the policy allows that by naming 127.0.0.1. */
const lookup: HostLookup = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);

/** Fetches and prints `status body` or the error's code, one line for each URL. */
const FETCH = `
  const http = require('node:http');
  const get = (url) => new Promise((resolve) => {
    const request = http.get(url, (response) => { let body = ''; response.on('data', (chunk) => (body += chunk)); response.on('end', () => resolve(response.statusCode + ' ' + body)); });
    request.on('error', (error) => resolve(error.code));
  });
  (async () => { for (const url of process.argv.slice(1)) console.log(await get(url)); })();
`;

async function open(context: TestContext, domains: (port: number) => { readonly allowed: string[]; readonly denied?: string[] }) {
  const cleanup = { after: (undo: () => void) => context.after(undo) };
  const seen: string[] = [];
  const web = createHttpServer((request, response) => {
    seen.push(`${request.headers.host} ${request.url}`);
    response.end('hello');
  });
  const port = await listen(web, cleanup);
  const { allowed, denied = [] } = domains(port);
  const sandbox = await openSandbox(context, { policy: policyOf({ network: { allowedDomains: allowed, deniedDomains: denied } }), lookup });
  const fetch = async (...urls: string[]): Promise<string[]> => (await sandbox.run([process.execPath, '-e', FETCH, ...urls])).stdout.trim().split(/\n+/);
  return { sandbox, port, seen, fetch };
}

function portsOf(sandbox: TestSandbox): string[] {
  return sandbox.violations().map((line) => line.replace(/:\d{4,5} /, ':PORT '));
}

describe('the network of the sandbox', { skip }, () => {
  it('leads to allowed names, for programs that know of no proxy', async (context) => {
    const { sandbox, port, seen, fetch } = await open(context, (at) => ({ allowed: [`good.test:${at}`, '127.0.0.1'] }));
    assert.deepEqual(await fetch(`http://good.test:${port}/a`), ['200 hello']);
    assert.deepEqual(seen, [`good.test:${port} /a`]);
    assert.deepEqual(sandbox.violations(), []);
  });

  it('opens any port of a name that is allowed without one', async (context) => {
    const { port, fetch } = await open(context, () => ({ allowed: ['good.test', '127.0.0.1'] }));
    assert.deepEqual(await fetch(`http://good.test:${port}/`, `http://good.test:${port}/`), ['200 hello', '200 hello']);
  });

  it('does not know other names', async (context) => {
    const { sandbox, port, seen, fetch } = await open(context, (at) => ({ allowed: [`good.test:${at}`, '127.0.0.1'] }));
    assert.deepEqual(await fetch(`http://evil.test:${port}/`), ['ENOTFOUND']);
    assert.deepEqual(seen, []);
    assert.deepEqual(sandbox.violations(), ['resolve evil.test /network/allowedDomains']);
  });

  it('refuses other ports of an allowed name, and denied names', async (context) => {
    const { sandbox, port, fetch } = await open(context, () => ({ allowed: ['good.test:443', '*.org.test'], denied: ['bad.org.test'] }));
    assert.deepEqual(await fetch(`http://good.test:${port}/`, 'http://good.test/', `http://bad.org.test:${port}/`), ['ECONNREFUSED', '403 good.test:80 is blocked by the sandbox policy: "good.test:443" in allowedDomains does not cover port 80', 'ENOTFOUND']);
    assert.deepEqual(portsOf(sandbox), ['connect good.test:PORT /network/allowedDomains', 'connect good.test:80 /network/allowedDomains', 'resolve bad.org.test /network/deniedDomains/0']);
  });

  it('refuses addresses that no rule names, on every port, in every spelling', async (context) => {
    const { sandbox, port, fetch } = await open(context, () => ({ allowed: ['good.test'] }));
    const answers = await fetch('http://192.0.2.1/', `http://192.0.2.1:${port}/`, 'http://[2001:db8::1]:80/', 'http://0xC0000202/', 'http://198.18.77.7/', 'http://169.254.169.254/');
    const refused = (destination: string): string => `403 ${destination} is blocked by the sandbox policy: no entry of allowedDomains covers it`;
    assert.deepEqual(answers, [refused('192.0.2.1:80'), 'ECONNREFUSED', refused('[2001:db8::1]:80'), refused('192.0.2.2:80'), 'ECONNRESET', refused('169.254.169.254:80')]);
    assert.deepEqual(portsOf(sandbox), ['connect 192.0.2.1:80 /network/allowedDomains', 'connect 192.0.2.1:PORT /network/allowedDomains', 'connect [2001:db8::1]:80 /network/allowedDomains', 'connect 192.0.2.2:80 /network/allowedDomains', 'connect 169.254.169.254:80 /network/allowedDomains']);
  });

  it('does not follow an allowed name to where it must not lead', async (context) => {
    const { sandbox, port, seen, fetch } = await open(context, (at) => ({ allowed: [`rebind.test:${at}`] }));
    assert.deepEqual(await fetch(`http://rebind.test:${port}/`), [`403 rebind.test:${port} is blocked by the sandbox policy: resolved to a loopback address`]);
    assert.deepEqual(seen, []);
    assert.match(sandbox.session.violations.violations[0]!.reason, /resolved to a loopback address/);
  });

  it('says why in the words of the client: an alert of TLS, a disconnect of SSH, an error of git', async (context) => {
    const { sandbox } = await open(context, () => ({ allowed: ['good.test:9'] }));
    const client = `
      const { connect } = require('node:net');
      const talk = (port, bytes) => new Promise((resolve) => { let got = Buffer.alloc(0); connect(port, '192.0.2.1', function () { this.write(bytes); }).on('data', (d) => (got = Buffer.concat([got, d]))).on('error', (e) => resolve(e.code)).on('close', () => resolve(got.toString('latin1'))); });
      (async () => {
        console.log(await new Promise((resolve) => require('node:tls').connect(443, '192.0.2.1').on('error', (e) => resolve(e.code))));
        const ssh = Buffer.from(await talk(22, 'SSH-2.0-client\\r\\n'), 'latin1');
        const length = ssh.readUInt32BE(13), text = ssh.subarray(27, 27 + ssh.readUInt32BE(23)).toString();
        console.log(ssh.subarray(0, 11).toString(), (length + 4) % 8, length + 4 === ssh.length - 13, ssh[18], text);
        console.log(await talk(9418, '0030git-upload-pack /x\\x00host=192.0.2.1\\x00'));
        console.log(await talk(9418, 'other'));
      })();`;
    assert.equal((await sandbox.run([process.execPath, '-e', client])).stdout, [
      'ERR_SSL_TLSV1_ALERT_ACCESS_DENIED',
      'SSH-2.0-srt 0 true 1 192.0.2.1:22 is blocked by the sandbox policy: no entry of allowedDomains covers it',
      '005eERR 192.0.2.1:9418 is blocked by the sandbox policy: no entry of allowedDomains covers it\n',
      'ECONNRESET\n',
    ].join('\n'));
  });

  it('has a loopback of its own, and the ports of the host\'s that are listed', async (context) => {
    const { port, fetch, sandbox } = await open(context, (at) => ({ allowed: [`localhost:${at}`] }));
    assert.deepEqual(await fetch(`http://localhost:${port}/`, `http://127.0.0.1:${port}/`), ['200 hello', '200 hello']);
    const other = await open(context, () => ({ allowed: [] }));
    assert.deepEqual(await other.fetch(`http://localhost:${port}/`), ['ECONNREFUSED']);
    const { stdout } = await sandbox.run([process.execPath, '-e', "const s = require('node:net').createServer((c) => c.end('own')).listen(8080, () => require('node:net').connect(8080, '127.0.0.1').on('data', (d) => { console.log(String(d)); process.exit(); }));"]);
    assert.equal(stdout, 'own\n');
  });

  it("leads to a listed port of the host's loopback, also where an entry for another host names the port", async (context) => {
    const { port, fetch } = await open(context, (at) => ({ allowed: [`other.test:${at}`, `localhost:${at}`] }));
    assert.deepEqual(await fetch(`http://localhost:${port}/`, `http://127.0.0.1:${port}/`), ['200 hello', '200 hello']);
    const denied = await open(context, (at) => ({ allowed: [`localhost:${at}`], denied: [`127.0.0.1:${at}`] }));
    assert.notEqual((await denied.fetch(`http://127.0.0.1:${denied.port}/`))[0], '200 hello');
  });

  it('carries bytes both ways, half-closed ends included', async (context) => {
    const cleanup = { after: (undo: () => void) => context.after(undo) };
    const port = await listen(echoServer(), cleanup);
    const sandbox = await openSandbox(context, { policy: policyOf({ network: { allowedDomains: [`localhost:${port}`, `echo.test:${port}`, '127.0.0.1'], deniedDomains: [] } }), lookup });
    const client = `
      const { connect } = require('node:net');
      const socket = connect({ host: process.argv[1], port: ${port}, allowHalfOpen: true });
      let count = 0;
      socket.on('data', (chunk) => (count += chunk.length));
      socket.on('end', () => console.log(count));
      socket.end(Buffer.alloc(5_000_000, 'x'));`;
    for (const host of ['localhost', 'echo.test']) assert.equal((await sandbox.run([process.execPath, '-e', client, host])).stdout, '5000000\n');
  });

  it('lets a program be told of the proxy', async (context) => {
    const { port, fetch, sandbox } = await open(context, (at) => ({ allowed: [`good.test:${at}`, '127.0.0.1'] }));
    assert.deepEqual(await fetch(`http://good.test:${port}/`), ['200 hello']);
    const throughProxy = `require('node:http').get({ host: '198.18.0.1', port: 3128, path: process.argv[1] }, (r) => { let b = ''; r.on('data', (c) => (b += c)); r.on('end', () => console.log(r.statusCode, b.trim())); });`;
    assert.equal((await sandbox.run([process.execPath, '-e', throughProxy, `http://good.test:${port}/`])).stdout, '200 hello\n');
    assert.match((await sandbox.run([process.execPath, '-e', throughProxy, 'http://evil.test/x'])).stdout, /^403 evil\.test:80 is blocked by the sandbox policy: no entry of allowedDomains covers it\n/);
  });

  it('refuses UDP at once', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf() });
    // The kernel tells of the refusal once: when the socket is read, or by the next packet that is sent.
    const client = `
      const socket = require('node:dgram').createSocket('udp4');
      const told = (error) => { if (error) { console.log(error.code); process.exit(); } };
      socket.on('error', told);
      socket.connect(443, '192.0.2.1', () => { socket.send('quic', told); setTimeout(() => socket.send('quic', told), 10); });`;
    assert.equal((await sandbox.run([process.execPath, '-e', client])).stdout, 'ECONNREFUSED\n');
  });

  it('takes the unspecified address for loopback, as the kernel does: what is served there is no violation', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf() });
    const client = `
import socket
def connect(family, kind, *address):
  with socket.socket(family, kind) as client: return client.connect_ex(address)
server = socket.create_server(('::', 0), family=socket.AF_INET6, dualstack_ipv6=True)
port = server.getsockname()[1]
for host in (None, '0.0.0.0'): socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
print([connect(family, kind, host, port) for family, host in ((socket.AF_INET, '0.0.0.0'), (socket.AF_INET6, '::'), (socket.AF_INET6, '::ffff:0.0.0.0'), (socket.AF_INET6, '::ffff:127.0.0.1')) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)])`;
    assert.deepEqual([(await sandbox.run(['python3', '-c', client])).stdout, sandbox.violations()], ['[0, 0, 0, 0, 0, 0, 0, 0]\n', []]);
  });

  it('leaves a loopback alone whose counterpart is listened on, as `localhost` is tried as both', async (context) => {
    for (const [served, tried] of [['127.0.0.1', '::1'], ['::1', '127.0.0.1']] as const) {
      const sandbox = await openSandbox(context, { policy: policyOf() });
      const family = (address: string): string => (address.includes(':') ? 'socket.AF_INET6' : 'socket.AF_INET');
      const client = `
import socket
server = socket.create_server(('${served}', 0), family=${family(served)})
print(socket.socket(${family(tried)}).connect_ex(('${tried}', server.getsockname()[1])))`;
      assert.deepEqual([(await sandbox.run(['python3', '-c', client])).stdout, sandbox.violations()], [`${constants.errno.ECONNREFUSED}\n`, []]);
    }
  });

  it('records in one spelling what is refused under an address of either sort', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf() });
    const connect = (...addresses: string[]): Promise<unknown> => sandbox.run(['python3', '-c', `import socket\nfor host, port in ${JSON.stringify(addresses.map((host) => [host, 1234]))}: socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET).connect_ex((host, port))`]);
    await connect('::ffff:127.0.0.1', '0.0.0.0', '::', '192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1');
    const recorded = sandbox.session.violations.violations.map(({ target, count }) => `${target} ×${count}`);
    assert.deepEqual(recorded, ['localhost:1234 ×3', '192.0.2.1:1234 ×2', '[2001:db8::1]:1234 ×1']);
  });

  it('refuses a datagram of a socket that is not connected, and records it', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf() });
    const client = `
import errno, os, socket
def send(family, address):
  with socket.socket(family, socket.SOCK_DGRAM) as sender:
    try: return sender.sendto(b'hello', address)
    except OSError as error: return errno.errorcode[error.errno]
print(send(socket.AF_INET, ('192.0.2.1', 1234)), send(socket.AF_INET6, ('2001:db8::1', 1234)), send(socket.AF_INET6, ('::ffff:192.0.2.2', 1234)), os.getpid())`;
    const { stdout } = await sandbox.run(['python3', '-c', client]);
    const [v4, v6, mapped, pid] = stdout.trim().split(' ');
    assert.deepEqual([v4, v6, mapped], ['ECONNREFUSED', 'ECONNREFUSED', 'ECONNREFUSED']);
    assert.deepEqual(sandbox.session.violations.violations.map((violation) => [violation.operation, violation.target, violation.pid]), ['192.0.2.1:1234', '[2001:db8::1]:1234', '192.0.2.2:1234'].map((target) => ['connect', target, Number(pid)]));
  });

  it('leaves datagrams alone that arrive in the sandbox: on loopback, at a listener under any address, and questions to the DNS', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf() });
    const client = `
import socket
listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
listener.bind(('0.0.0.0', 0))
port = listener.getsockname()[1]
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for address in ('127.0.0.1', '192.0.2.1'):
  sender.sendto(address.encode(), (address, port))
  print(listener.recv(100).decode())
print(sender.sendto(b'nobody', ('127.0.0.1', 1)))
sender.sendto(b'\\x12\\x34\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x04none\\x04test\\x00\\x00\\x01\\x00\\x01', ('192.0.2.1', 53))
print(sender.recv(512)[:2].hex())`;
    assert.equal((await sandbox.run(['python3', '-c', client])).stdout, '127.0.0.1\n192.0.2.1\n6\n1234\n');
    assert.deepEqual(sandbox.violations().filter((line) => line.startsWith('connect')), []);
  });

  it('takes many connections at once', async (context) => {
    const cleanup = { after: (undo: () => void) => context.after(undo) };
    const port = await listen(createServer((socket) => socket.end('x')), cleanup);
    const sandbox = await openSandbox(context, { policy: policyOf({ network: { allowedDomains: [`many.test:${port}`, '127.0.0.1'], deniedDomains: [] } }), lookup });
    const client = `
      const { connect } = require('node:net');
      let open = 300, ok = 0;
      for (let i = 0; i < 300; i++) connect(${port}, 'many.test').on('data', () => ok++).on('error', () => undefined).on('close', () => --open || console.log(ok));`;
    assert.equal((await sandbox.run([process.execPath, '-e', client])).stdout, '300\n');
    assert.deepEqual(sandbox.violations(), []);
  });
});
