import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';

import { createSandbox, type AskAboutHost, type HostAnswer, type HostLookup, type NetworkRecord } from 'sandbox-core';
import { absolutePath, type Policy } from 'sandbox-core/policy';

import { policyOf } from '../support/policies';
import { eventually } from '../support/processes';
import { echoServer, exchange, listen } from '../support/raw-socket';
import { openSandbox, whyNotEnforced } from '../support/sandbox';

const skip = whyNotEnforced() ?? false;
const lookup: HostLookup = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);

/** One that nobody listens on. */
async function freePort(): Promise<number> {
  const undo: (() => void)[] = [];
  const port = await listen(echoServer(), { after: (close) => void undo.push(close) });
  for (const close of undo) close();
  return port;
}

async function open(context: TestContext, network: (port: number) => Partial<Policy['network']>, ask?: AskAboutHost) {
  const cleanup = { after: (undo: () => void) => context.after(undo) };
  const port = await listen(echoServer(), cleanup);
  const policy = policyOf({ network: network(port) });
  const sandbox = await openSandbox(context, { policy, lookup, ...(ask && { ask }) });
  return { sandbox, port, policy };
}

/** Says hello to each host and prints what comes back, or the error. */
const TALK = `
  const [port, ...hosts] = process.argv.slice(1);
  const talk = (host) => new Promise((resolve) => require('node:net').connect({ host, port }).on('data', (d) => resolve(String(d))).on('error', (e) => resolve(e.code)).on('close', () => resolve('closed')).end('hello'));
  (async () => console.log((await Promise.all(hosts.map(talk))).join(' ')))();`;

describe('a session whose network lists change', { skip }, () => {
  it('follows them at once, and cuts what they deny', async (context) => {
    const { sandbox, port, policy } = await open(context, (at) => ({ allowedDomains: ['127.0.0.1', `old.test:${at}`] }));
    const running = await sandbox.session.run({
      argv: [process.execPath, '-e', `const s = require('node:net').connect(${port}, 'old.test').on('data', () => console.log('up')).on('error', (e) => console.log(e.code)).on('close', () => console.log('cut')); s.write('x');`],
      directory: absolutePath(sandbox.directory),
      streams: ['ignore', 'pipe', 'ignore'],
      terminal: 'none',
    });
    await once(running.stdout!, 'data');
    const rest = text(running.stdout!);
    await sandbox.session.updatePolicy({ ...policy, network: { ...policy.network, allowedDomains: ['127.0.0.1', `new.test:${port}`] } });
    assert.equal(await rest, 'ECONNRESET\ncut\n');
    assert.equal((await sandbox.run([process.execPath, '-e', TALK, String(port), 'new.test', 'old.test'])).stdout, 'hello ENOTFOUND\n');
  });

  it('gives them also to commands that run under an earlier policy', async (context) => {
    const port = await listen(echoServer(), context);
    const policy = policyOf({ network: { allowedDomains: ['127.0.0.1', `old.test:${port}`] } });
    const sandbox = await createSandbox(policy, { lookup });
    context.after(() => sandbox.stop());
    const running = await sandbox.start([process.execPath, '-e', `process.stdin.on('data', () => 0).on('end', () => {${TALK}})`, String(port), 'old.test', 'new.test'], { stdin: 'pipe' });
    const others = { ...policy, filesystem: { ...policy.filesystem, denyRead: ['/srv'] } };
    await sandbox.updatePolicy({ ...others, network: { ...policy.network, allowedDomains: [] } });
    await sandbox.updatePolicy({ ...others, network: { ...policy.network, allowedDomains: ['127.0.0.1', `new.test:${port}`] } });
    const printed = text(running.stdout!);
    running.stdin?.end('go');
    assert.equal(await printed, 'ENOTFOUND hello\n');
  });

  it('takes nothing else', async (context) => {
    const { sandbox, policy } = await open(context, () => ({}));
    await assert.rejects(sandbox.session.updatePolicy({ ...policy, filesystem: { ...policy.filesystem, allowWrite: ['.'] } }), /only takes changed network lists.*filesystem changed too/);
    await assert.rejects(sandbox.session.updatePolicy({ ...policy, network: { ...policy.network, allowAllUnixSockets: true } }), /network\.allowAllUnixSockets changed too/);
  });

  it('takes no list that a proxy of the user would make void, as at launch, and goes on with the one before', async (context) => {
    for (const key of ['httpProxyPort', 'socksProxyPort'] as const) {
      const { sandbox, policy } = await open(context, () => ({ [key]: 1 }));
      const update = sandbox.session.updatePolicy({ ...policy, network: { ...policy.network, deniedResolvedAddresses: ['10.0.0.0/8'] } });
      await assert.rejects(update, new RegExp(`deniedResolvedAddresses cannot be held: the proxy of network\\.${key} looks up names itself`));
      assert.equal((await sandbox.run([process.execPath, '-e', 'console.log(1)'])).stdout, '1\n');
    }
  });
});

describe('asking about hosts that no rule covers', { skip }, () => {
  const asking = (answer: HostAnswer) => {
    const asked: string[] = [];
    const ask: AskAboutHost = ({ host, port, edit, caller }) => {
      assert.equal(edit.kind, 'append');
      asked.push(`${host}:${port === 0 ? 0 : 'PORT'} ${caller?.program.split('/').at(-1)}`);
      return Promise.resolve(answer);
    };
    return { asked, ask };
  };

  it('lets one connection, all of a session, or none pass', async (context) => {
    for (const [answer, expected, questions] of [['once', 'hello hello', 2], ['session', 'hello hello', 1], ['deny', 'ECONNRESET ECONNRESET', 1]] as const) {
      const { asked, ask } = asking(answer);
      const { sandbox, port } = await open(context, () => ({ allowedDomains: ['127.0.0.1'] }), ask);
      const talk = async (): Promise<string> => (await sandbox.run([process.execPath, '-e', TALK, String(port), 'unknown.test'])).stdout.trim();
      assert.equal(`${await talk()} ${await talk()}`, expected);
      assert.deepEqual(asked, Array.from({ length: questions }, () => 'unknown.test:PORT node'));
      assert.equal(sandbox.violations().length, answer === 'deny' ? 1 : 0);
    }
  });

  it('asks once for many connections, never for a denied host, and not at all under strictAllowlist', async (context) => {
    const { asked, ask } = asking('session');
    const { sandbox, port } = await open(context, () => ({ allowedDomains: ['127.0.0.1'], deniedDomains: ['bad.test'] }), ask);
    const hosts = ['a.test', 'a.test', 'A.test', 'bad.test'];
    assert.equal((await sandbox.run([process.execPath, '-e', TALK, String(port), ...hosts])).stdout, 'hello hello hello ENOTFOUND\n');
    assert.deepEqual(asked, ['a.test:PORT node']);
    const strict = await open(context, () => ({ allowedDomains: ['127.0.0.1'], strictAllowlist: true }), () => assert.fail('asked'));
    assert.equal((await strict.sandbox.run([process.execPath, '-e', TALK, String(strict.port), 'a.test'])).stdout, 'ENOTFOUND\n');
  });
});

describe('a published port', { skip }, () => {
  const SERVE = "require('node:net').createServer({ allowHalfOpen: true }, (c) => c.on('data', (d) => c.write(d)).on('end', () => c.end('bye'))).listen(3000, process.argv[1], () => console.log('up')); process.on('SIGTERM', () => process.exit());";

  it('leads from the host\'s loopback to a server in the sandbox, and is gone with the session', async (context) => {
    for (const address of ['127.0.0.1', '::1', '0.0.0.0']) {
      const { sandbox } = await open(context, () => ({}));
      const { hostPort } = await sandbox.session.publish(3000, 0);
      assert.equal(await exchange(hostPort, 'nobody'), ''); // nobody listens yet
      const server = await sandbox.session.run({ argv: [process.execPath, '-e', SERVE, address], directory: absolutePath(sandbox.directory), streams: ['ignore', 'pipe', 'inherit'], terminal: 'none' });
      await once(server.stdout!, 'data');
      const answer = await new Promise<string>((resolve) => {
        const socket = connect({ port: hostPort, host: '127.0.0.1', allowHalfOpen: true }, () => socket.end('hello'));
        void text(socket).then(resolve);
      });
      assert.equal(answer, 'hellobye');
      await sandbox.session.stop();
      await assert.rejects(exchange(hostPort, 'x'), /ECONNREFUSED/);
    }
  });

  it('is free again if the session fails because of another one', async (context) => {
    const [taken, free] = [await listen(echoServer(), context), await freePort()];
    await assert.rejects(createSandbox(policyOf({ network: { publish: [`3000:${free}`, `3000:${taken}`] } })), { code: 'port-unavailable' });
    await assert.rejects(exchange(free, 'x'), /ECONNREFUSED/);
  });

  it('leads to the newest session of a sandbox, and to the one before if that one cannot be had', async (context) => {
    const [taken, free] = [await listen(echoServer(), context), await freePort()];
    const withPorts = (publish: string[], denyRead: string[]): Policy => policyOf({ network: { publish }, filesystem: { denyRead } });
    const sandbox = await createSandbox(withPorts([`3000:${free}`], []));
    context.after(() => sandbox.stop());
    const serve = async (word: string, port: number): Promise<void> => {
      const source = `require('node:net').createServer((c) => c.end('${word}')).listen(${port}, '127.0.0.1', () => console.log('up'))`;
      await once((await sandbox.start([process.execPath, '-e', source])).stdout!, 'data');
    };
    await serve('first', 3000);
    await assert.rejects(sandbox.updatePolicy(withPorts([`3000:${free}`, `3000:${taken}`], ['/srv'])), { code: 'port-unavailable' });
    assert.equal(await exchange(free, ''), 'first');
    await sandbox.updatePolicy(withPorts([`3001:${free}`], ['/srv']));
    assert.equal(await exchange(free, ''), ''); // nobody listens yet
    await serve('second', 3001);
    assert.equal(await exchange(free, ''), 'second');
    await sandbox.stop();
    await assert.rejects(exchange(free, 'x'), /ECONNREFUSED/);
  });

  it('is refused where another program listens, and a second time', async (context) => {
    const { sandbox, port } = await open(context, () => ({}));
    await assert.rejects(sandbox.session.publish(3000, port), /port \d+: another program listens there/);
    const { hostPort } = await sandbox.session.publish(3000, 0);
    await assert.rejects(sandbox.session.publish(3001, hostPort), /port \d+: it leads to a port of this sandbox already/);
  });
});

describe('what the network tells', { skip }, () => {
  it('counts bytes for each host and command, and says who is behind what was refused', async (context) => {
    const { sandbox, port } = await open(context, (at) => ({ allowedDomains: [`good.test:${at}`, '127.0.0.1'] }));
    const records: NetworkRecord[] = [];
    sandbox.session.network.onRecord((record) => records.push(record));
    await sandbox.run([process.execPath, '-e', TALK, String(port), 'good.test']);
    await sandbox.run([process.execPath, '-e', TALK, String(port), '192.0.2.1', 'evil.test']);
    await sandbox.run([process.execPath, '-e', TALK, '9', 'localhost']);
    const shown = [...new Set(records.map(({ event, host, sent, received, program, pid }) => `${event} ${host} ${sent} ${received} ${program === process.execPath} ${(pid ?? 0) > 0}`))].sort(); // a name is looked up twice, for IPv4 and IPv6
    assert.deepEqual(shown, ['connection good.test 5 5 true true', 'refused 192.0.2.1 0 0 true true', 'refused evil.test 0 0 true true', 'refused localhost 0 0 true true']);
    assert.deepEqual(sandbox.session.network.byHost.find(({ name }) => name === 'good.test'), { name: 'good.test', connections: 1, requests: 0, refused: 0, sent: 5, received: 5 });
    assert.deepEqual(sandbox.session.network.byCommand.map(({ connections, refused }) => [connections, refused > 0]), [[1, false], [0, true], [0, true]]);
    const { violations } = sandbox.session.violations;
    assert.deepEqual(violations.map(({ program, command }) => [program, command?.[0]]), Array.from({ length: 3 }, () => [process.execPath, process.execPath]));
  });

  it('says who is behind what goes through its proxy', async (context) => {
    const { sandbox, port } = await open(context, (at) => ({ allowedDomains: [`good.test:${at}`, '127.0.0.1'] }));
    const records: NetworkRecord[] = [];
    sandbox.session.network.onRecord((record) => records.push(record));
    const client = `
      const tunnel = (host) => new Promise((resolve) => { const s = require('node:net').connect(3128, '198.18.0.1'); s.once('data', () => s.end('hello')).on('error', resolve).on('close', resolve).resume().write('CONNECT ' + host + ':' + process.argv[1] + ' HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'); });
      const request = (host) => new Promise((resolve) => require('node:http').get({ host: '198.18.0.1', port: 3128, path: 'http://' + host + '/', agent: false }, (r) => r.resume().on('close', resolve)));
      (async () => { await tunnel('good.test'); await tunnel('evil.test'); await request('worse.test'); })();`;
    await sandbox.run([process.execPath, '-e', client, String(port)]);
    await eventually(() => records.length >= 3, 'all are recorded');
    assert.deepEqual(records.map(({ event, host, program }) => `${event} ${host} ${program === process.execPath}`).sort(), ['connection good.test true', 'refused evil.test true', 'refused worse.test true']);
    assert.deepEqual(sandbox.session.violations.violations.map(({ program }) => program), [process.execPath, process.execPath]);
  });

  it('has no violation for the sandbox\'s own servers', async (context) => {
    const { sandbox } = await open(context, () => ({}));
    const client = "const s = require('node:net').createServer((c) => c.end('own')).listen(8080, () => require('node:net').connect(8080, '127.0.0.1').on('data', (d) => { console.log(String(d)); process.exit(); }));";
    assert.equal((await sandbox.run([process.execPath, '-e', client])).stdout, 'own\n');
    assert.deepEqual(sandbox.violations(), []);
  });
});
