import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { domainToASCII } from 'node:url';

import type { HostAnswer, HostQuestion } from 'sandbox-core';
import { absolutePath } from 'sandbox-core/policy';

import { podOf } from '../../support/processes';
import type { Attack } from '../attack';
import { ALLOWED, ENGINE, reachesAllowed, target, unreachable, webTarget } from '../network-target';

const NAMESPACE = 'the network namespace, which has no other way out';
const SNIFFING = 'the server name of the TLS handshake, read within bounds and held against the name that was asked for';

/** `hello(name)`: what a TLS client would send first. */
const HELLO = `
  const { Duplex } = require('node:stream');
  const hello = (servername) => new Promise((resolve) => require('node:tls').connect({ socket: new Duplex({ read() {}, write: resolve }), servername }).on('error', () => undefined));`;

const whyNoCurl = (): string | undefined => (spawnSync('curl', ['--version']).error ? 'curl is not installed' : undefined);

/** Ports of the host's on which this process listens. */
function ownListeners(): string[] {
  const own = new Set(readdirSync('/proc/self/fd').map((fd) => linkOf(`/proc/self/fd/${fd}`)));
  const rows = ['tcp', 'tcp6'].flatMap((table) => readFileSync(`/proc/self/net/${table}`, 'utf8').split('\n').map((line) => line.trim().split(/\s+/)));
  return rows.filter(([, , , state, , , , , , inode]) => state === '0A' && own.has(`socket:[${inode}]`)).map(([, address]) => address ?? '');
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // closed in the meantime
  }
}

export const tunnelAttacks: readonly Attack[] = [
  {
    id: 'N01b',
    name: 'send ICMP and raw packets',
    outcome: 'EPERM or EACCES',
    stoppedBy: 'the seccomp filter, and the namespace, which lets no group ping',
    async attempt(lab) {
      const sandbox = await lab.open();
      assert.deepEqual([await sandbox.probe('socket', '2', '3', '1'), await sandbox.probe('socket', '10', '3', '58'), await sandbox.probe('socket', '2', '3', '255')], ['EPERM', 'EPERM', 'EPERM']);
      assert.match(await sandbox.probe('socket', '2', '2', '1'), /^E(ACCES|PERM)$/);
    },
    allowed: reachesAllowed,
  },
  {
    id: 'N03',
    name: 'turn proxy variables off, or towards a proxy elsewhere',
    outcome: 'no difference: there is no other way out',
    stoppedBy: ENGINE,
    whyNotHere: whyNoCurl,
    async attempt(lab) {
      const { sandbox, port, received } = await target(lab, ALLOWED);
      const url = `http://evil.test:${port}/`;
      const { stdout } = await sandbox.script(`
        curl -sf --max-time 20 --noproxy '*' ${url} && echo BAD
        NO_PROXY='*' no_proxy='*' curl -sf --max-time 20 ${url} && echo BAD
        curl -sf --max-time 20 -x http://192.0.2.1:${port} ${url} && echo BAD
        ALL_PROXY=socks5h://192.0.2.1:${port} curl -sf --max-time 20 ${url} && echo BAD
        curl -sf --max-time 20 -x socks5h://198.18.0.1:3128 ${url} && echo BAD
        curl -sf --max-time 20 --resolve evil.test:${port}:127.0.0.2 ${url} && echo BAD
        true`);
      assert.deepEqual([stdout, received()], ['', '']);
      assert.ok(sandbox.violations().some((line) => line.includes('evil.test')));
    },
    async allowed(lab) {
      const { sandbox, port } = await webTarget(lab, ALLOWED);
      assert.equal((await sandbox.script(`NO_PROXY='*' curl -s --noproxy '*' http://good.test:${port}/`)).stdout, 'ok');
    },
  },
  {
    id: 'N09a',
    name: 'end a name early with NUL, in SOCKS and in CONNECT',
    outcome: 'SOCKS reply 2, status 400',
    stoppedBy: 'the grammar of host names, before anything is compared',
    async attempt(lab) {
      const { run, received } = await target(lab, (port) => ({ allowedDomains: [`*.good.test:${port}`, '127.0.0.1'] }));
      assert.equal(await run("console.log(await socks('evil.test\\0.good.test'), await tunnel('evil.test\\0.good.test:' + port), await socks('\\0.good.test'), await socks('a.good.test\\0'))"), 'socks 2 400 socks 2 socks 2');
      assert.equal(received(), '');
    },
    async allowed(lab) {
      const { run } = await target(lab, (port) => ({ allowedDomains: [`*.good.test:${port}`, '127.0.0.1'] }));
      assert.equal(await run("console.log(await socks('evil.test.good.test'))"), 'ok');
    },
  },
  {
    id: 'N17',
    name: 'carry something opaque through a tunnel: SSH, bytes, TLS that nobody decrypts',
    outcome: 'refused where the policy says refuseOpaqueTunnels',
    stoppedBy: 'network.refuseOpaqueTunnels: what cannot be looked into does not pass',
    async attempt(lab) {
      const { run, received, sandbox, port } = await target(lab, (at) => ({ ...ALLOWED(at), refuseOpaqueTunnels: true }));
      const answers = await run(`${HELLO} const kind = (answer) => (answer.startsWith('\\x15\\x03\\x03') ? 'alert' : /^SSH.*refuseOpaqueTunnels is set/s.test(answer) ? 'refused' : answer); for (const bytes of ['SSH-2.0-x\\r\\n', '\\0\\x01\\x02', (await hello('good.test')).toString('latin1'), (await hello('')).toString('latin1')]) console.log(kind(await raw(bytes, await opened('good.test:' + port))), kind(await raw(bytes, net.connect(port, 'good.test'))));`);
      assert.deepEqual([answers, received()], ['refused refused\nECONNRESET ECONNRESET\nalert alert\nalert alert', '']);
      assert.deepEqual(new Set(sandbox.violations()), new Set([`connect good.test:${port} /network/refuseOpaqueTunnels`]));
    },
    allowed: reachesAllowed,
  },
  {
    id: 'N21',
    name: "use the proxy of another user's session",
    outcome: 'it cannot be reached: nothing listens on the host',
    stoppedBy: 'the proxy listens inside the session\'s own network namespace, which no other process is in',
    async attempt(lab) {
      const before = ownListeners();
      const sandbox = await lab.open({ policy: { network: { allowedDomains: ['good.test'] } } });
      await sandbox.run(['true']);
      assert.deepEqual(ownListeners(), before);
      const other = await target(lab, () => ({ allowedDomains: [] }));
      assert.equal(await other.run("console.log(await tunnel('good.test:443'))"), '403'); // a session's proxy is its own, at the same address
    },
    allowed: reachesAllowed,
  },
  {
    id: 'N24',
    name: 'relay connections for another command, or through the proxy to itself',
    outcome: 'the relay gets no further than the policy',
    stoppedBy: ENGINE,
    async attempt(lab) {
      const { run, received } = await target(lab, ALLOWED);
      const source = "net.createServer({ allowHalfOpen: true }, (c) => { const [host, at] = args[0].split(' '); const to = net.connect({ host, port: at || port, allowHalfOpen: true }); c.on('error', () => to.destroy()).pipe(to).on('error', () => c.resetAndDestroy()).pipe(c); }).listen(9999, '127.0.0.1', async () => { console.log(await tcp('127.0.0.1', 9999)); process.exit(); });";
      assert.match(await run(source, 'evil.test'), /^ECONNRESET|closed$/);
      assert.match(await run(source, '192.0.2.1'), /^ECONNRESET|closed$/);
      assert.equal(await run("console.log(await tunnel('198.18.0.1:3128'), await tunnel('localhost:3128'), await tunnel('127.0.0.1:3128'))"), '403 403 502');
      assert.equal(received(), '');
    },
    async allowed(lab) {
      const { run } = await target(lab, ALLOWED);
      const source = "net.createServer({ allowHalfOpen: true }, (c) => { c.pipe(net.connect({ host: 'good.test', port, allowHalfOpen: true })).pipe(c); }).listen(9999, '127.0.0.1', async () => { console.log(await tcp('127.0.0.1', 9999)); process.exit(); });";
      assert.equal(await run(source), 'ok');
    },
  },
  {
    id: 'N27',
    name: 'bury the user in questions, or ask for a look-alike',
    outcome: 'one question for a host, eight at a time, in the letters that are compared (punycode)',
    stoppedBy: 'the asker, which refuses what comes beyond',
    async attempt(lab) {
      const asked: HostQuestion[] = [];
      let answer: (answer: HostAnswer) => void = () => undefined;
      const answered = new Promise<HostAnswer>((resolve) => (answer = resolve));
      const { run, received } = await target(lab, ALLOWED, { ask: (question) => (asked.push(question), answered) });
      // 30 hosts, each twice; those beyond the eighth are refused at once, which the program tells by connecting to good.test.
      const flooding = run("let left = 60; const hosts = Array.from({ length: 60 }, (_, i) => 'h' + (i >> 1) + '.evil.test'); const all = hosts.map((host) => socks(host).then((reply) => { if (--left === 16) tcp('good.test'); return reply; })); console.log(new Set(await Promise.all(all)));");
      for (; received() === ''; ) await new Promise((resolve) => setImmediate(resolve));
      const hosts = asked.map(({ host }) => host);
      answer('deny');
      assert.equal(await flooding, "Set(1) { 'socks 2' }");
      assert.deepEqual([hosts.length, new Set(hosts).size], [8, 8]);
      asked.length = 0;
      assert.equal(await run("for (const host of ['g\\u043e\\u043ed.test', 'a\\u202etset.doog', 'good\\u200b.test', 'evil.test\\u0000good.test']) console.log(await socks(Buffer.from(host).toString('latin1')));"), 'socks 2\nsocks 2\nsocks 2\nsocks 2');
      assert.deepEqual(asked.map(({ host }) => host), [domainToASCII('g\u043e\u043ed.test')]);
    },
    async allowed(lab) {
      const { run } = await target(lab, ALLOWED, { ask: () => Promise.resolve('once') });
      assert.equal(await run("console.log(await socks('unknown.test'))"), 'ok');
    },
  },
  unreachable({ id: 'N28', name: 'reach what is allowed where everything is denied', outcome: 'a denied host stays denied, whatever allows it', hosts: ['good.test', 'GOOD.test.'], network: (port) => ({ ...ALLOWED(port), deniedDomains: ['*'] }) }),
  unreachable({ id: 'N28a', name: 'reach a denied name below an allowed wildcard, in other letters', outcome: 'refused', hosts: ['bad.good.test', 'BAD.Good.TEST', 'x.bad.good.test'], network: (port) => ({ allowedDomains: [`*.good.test:${port}`, '127.0.0.1'], deniedDomains: ['Bad.good.test', '*.BAD.good.test'] }) }),
  unreachable({ id: 'N28b', name: 'reach the one port of an allowed host that is denied', outcome: 'refused', hosts: ['good.test'], network: (port) => ({ allowedDomains: ['good.test', '127.0.0.1'], deniedDomains: [`good.test:${port}`] }) }),
  {
    id: 'N29',
    name: "use another session's socket and directory",
    outcome: 'EACCES inside; on the host they are for one user only',
    stoppedBy: 'the list of Unix sockets, and a directory of mode 0700 made before anything listens in it',
    async attempt(lab) {
      const victim = await lab.open();
      const socket = await victim.session.openSocket();
      assert.equal(statSync(dirname(socket)).mode & 0o777, 0o700);
      const other = await lab.open();
      assert.match(await other.probe('unix-connect', socket), /^E(ACCES|NOENT|PERM)$/);
      const { stdout } = await other.script(`rm -rf ${dirname(socket)}/* 2>/dev/null; echo x > ${dirname(socket)}/plan && echo BAD; ls ${dirname(socket)} 2>/dev/null | grep . && echo BAD; true`);
      assert.equal(stdout, '');
      assert.equal(statSync(socket).isSocket(), true);
      assert.equal((await victim.script('echo fine')).stdout, 'fine\n');
    },
    allowed: reachesAllowed,
  },
  {
    id: 'N31',
    name: 'send data with the first packet (TCP Fast Open), over MPTCP, or to link-local, multicast and broadcast addresses',
    outcome: 'the same decision as for any connect',
    stoppedBy: ENGINE,
    async attempt(lab) {
      const { sandbox, port, received, run } = await target(lab, ALLOWED);
      for (const kind of ['fastopen', 'mptcp'])
        for (const address of ['192.0.2.1', '2001:db8::1', 'fe80::1', '127.0.0.2', '198.18.77.7', '224.0.0.251', '255.255.255.255', 'ff02::1']) {
          const result = await sandbox.probe('tell', kind, address, String(port));
          assert.match(result, /^E(CONNRESET|CONNREFUSED|INVAL|NETUNREACH|PROTONOSUPPORT|PERM|PIPE|NOPROTOOPT|OPNOTSUPP|ACCES|HOSTUNREACH)$/, `${kind} ${address}`);
        }
      assert.equal(received(), '');
      assert.equal(await run("console.log(Object.keys(require('node:os').networkInterfaces()).join())"), 'lo');
    },
    async allowed(lab) {
      const { sandbox, port, run } = await target(lab, ALLOWED);
      const address = await run("console.log((await require('node:dns').promises.lookup('good.test', 4)).address)");
      // So that programs connect instead.
      assert.equal(await sandbox.probe('tell', 'fastopen', address, String(port)), 'EOPNOTSUPP');
      assert.equal(await sandbox.probe('tell', 'connect', address, String(port)), 'ok');
      assert.match(await sandbox.probe('tell', 'mptcp', address, String(port)), /^(ok|EPROTONOSUPPORT|ENOPROTOOPT)$/);
    },
  },
  {
    id: 'N32',
    name: 'end the process that carries the connections',
    outcome: 'nothing passes any more, the command ends, and the session says why',
    stoppedBy: NAMESPACE,
    async attempt(lab) {
      const { sandbox, port, received } = await target(lab, ALLOWED);
      const running = await sandbox.session.run({
        argv: [process.execPath, '-e', `const net = require('node:net'); net.connect(${port}, 'good.test').on('close', () => net.connect(${port}, 'good.test').on('error', () => undefined).end('after')).on('error', () => undefined).write('before', () => console.log('up')); setInterval(() => undefined, 1000);`],
        directory: absolutePath(sandbox.directory),
        streams: ['ignore', 'pipe', 'ignore'],
        terminal: 'none',
      });
      await once(running.stdout!, 'data');
      for (; received() === ''; ) await new Promise((resolve) => setImmediate(resolve));
      process.kill(podOf(await sandbox.session.openSocket()), 'SIGKILL');
      assert.notEqual((await running.exited).code, 0);
      assert.match((await sandbox.session.ended)?.message ?? '', /network pod/);
      await assert.rejects(sandbox.run(['true']), /session/);
      assert.equal(received(), 'before');
    },
    allowed: reachesAllowed,
  },
  {
    id: 'N33',
    name: 'hide the server name: a handshake in pieces, in many records, too long, or with data behind it',
    outcome: 'reset before a byte leaves',
    stoppedBy: SNIFFING,
    async attempt(lab) {
      const { run, received, sandbox } = await target(lab, ALLOWED);
      const source = `${HELLO}
        const shout = (host, pieces) => new Promise((resolve) => { const s = net.connect({ host, port, noDelay: true }, async () => { for (const piece of pieces) { if (s.destroyed) break; s.write(piece); await new Promise((done) => setImmediate(done)); } }); s.on('error', (e) => resolve(e.code)).on('close', () => resolve('closed')).resume(); });
        const evil = await hello('evil.test'), message = evil.subarray(5);
        const records = Buffer.concat(Array.from(message, (byte) => Buffer.from([22, 3, 1, 0, 1, byte])));
        const endless = Buffer.alloc(70000, 0); for (let at = 0; at + 16005 <= endless.length; at += 16005) endless.set([22, 3, 1, 0x3e, 0x80, ...(at === 0 ? [1, 0, 0xff, 0xff] : [])], at);
        console.log(await shout('good.test', Array.from(evil, (byte) => Buffer.from([byte]))), await shout('good.test', [records]), await shout('good.test', [endless]), await shout('good.test', [Buffer.concat([evil, Buffer.from('secret early data')])]));
        const names = ['a'.repeat(255), 'a.'.repeat(127) + 'a', 'a'.repeat(64) + '.good.test'];
        for (const name of names) console.log(await socks(name), await tunnel(name + ':' + port));
        console.log(await tunnel('a.'.repeat(5000) + 'good.test:' + port));`;
      const [handshakes, ...names] = (await run(source)).split('\n');
      assert.equal(handshakes, 'ECONNRESET ECONNRESET ECONNRESET ECONNRESET');
      assert.deepEqual(names.filter((line) => !/^(socks 2 4\d\d|4\d\d)$/.test(line)), []);
      assert.equal(received(), '');
      assert.ok(sandbox.violations().some((line) => line.startsWith('connect evil.test:')));
    },
    async allowed(lab) {
      const { run, received } = await target(lab, ALLOWED);
      await run(`${HELLO} const good = await hello('good.test'); const s = net.connect({ host: 'good.test', port, noDelay: true }, async () => { for (const byte of good) { s.write(Buffer.from([byte])); await new Promise((done) => setImmediate(done)); } s.end(); }); s.on('close', () => process.exit()).resume();`);
      assert.ok(received().includes('good.test'));
    },
  },
];
