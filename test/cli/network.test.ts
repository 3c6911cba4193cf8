import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import type { NetworkRecord } from 'sandbox-core';

import { srt, srtCommand, startSrt } from '../support/cli';
import { policyOf } from '../support/policies';
import { listen } from '../support/raw-socket';
import { whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';
import { openTerminal } from '../support/terminal';

const skip = whyNotEnforced() ?? false;

/** Asks the sandbox's proxy for a tunnel to localhost and prints the status. */
const TUNNEL = "require('node:http').request({ host: '198.18.0.1', port: 3128, method: 'CONNECT', path: 'localhost:' + process.argv[1] }).on('connect', (response) => { console.log('status', response.statusCode); process.exit(); }).end()";

async function setUp(context: TestContext, allowed: (port: number) => string[] = () => []) {
  const port = await listen(createServer((socket) => socket.end('hello')), { after: (undo) => context.after(undo) });
  const home = temporaryDirectory(context, { '.srt-settings.json': JSON.stringify(policyOf({ network: { allowedDomains: allowed(port), deniedDomains: [] } }), null, 2) });
  return { port, home, policy: () => JSON.parse(readFileSync(join(home, '.srt-settings.json'), 'utf8')) as { readonly network: { readonly allowedDomains: string[] } } };
}

describe('srt and the network', { skip }, () => {
  it('writes what was connected to and refused', async (context) => {
    const { port, home } = await setUp(context, (at) => [`localhost:${at}`]);
    const log = join(home, 'network.jsonl');
    const client = `require('node:net').connect(${port}, '127.0.0.1').on('close', () => require('node:dns').lookup('evil.test', () => undefined)).resume()`;
    await srt(['-q', '--network-log', log, process.execPath, '-e', client], { cwd: home, env: { HOME: home } });
    const records = readFileSync(log, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as NetworkRecord);
    assert.deepEqual([...new Set(records.map(({ event, host, received }) => `${event} ${host} ${received}`))], ['connection localhost 5', 'refused evil.test 0']);
  });

  it('asks on the terminal, and writes down what is always allowed', async (context) => {
    for (const [key, status, written] of [['n', 403, false], ['o', 200, false], ['a', 200, true]] as const) {
      const { port, home, policy } = await setUp(context);
      const terminal = openTerminal(context, process.execPath, [srtCommand, '-q', '--ask', process.execPath, '-e', TUNNEL, String(port)], { cwd: home, env: { HOME: home } });
      await terminal.expect(new RegExp(`a program to connect to localhost port ${port}|node to connect to localhost port ${port}`.replaceAll(' ', '\\s+')));
      await terminal.expect(/\[N\]o: /);
      terminal.type(`${key}\r`);
      await terminal.expect(new RegExp(`status ${status}`));
      assert.equal((await terminal.exited).exitCode, 0);
      assert.deepEqual(policy().network.allowedDomains, written ? [`localhost:${port}`] : []);
    }
  });

  it('does not ask without a terminal', async (context) => {
    const { home } = await setUp(context);
    const { code, stderr } = await srt(['--ask', 'true'], { cwd: home, env: { HOME: home } });
    assert.deepEqual([code, stderr], [1, 'Error: --ask needs a terminal to ask on, but standard input is not one\n']);
  });

  it('publishes ports', async (context) => {
    const { home, port: taken } = await setUp(context);
    const refused = await srt(['--publish', `3000:${taken}`, 'true'], { cwd: home, env: { HOME: home } });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /another program listens there/);
    assert.match((await srt(['--publish', '0', 'true'], { cwd: home, env: { HOME: home } })).stderr, /expected a port to publish as PORT or PORT:HOSTPORT/);
    const free = await new Promise<number>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const { port } = server.address() as { readonly port: number };
        server.close(() => resolve(port));
      });
    });
    const child = startSrt(['--publish', `3000:${free}`, process.execPath, '-e', "require('node:net').createServer((c) => c.end('from inside')).listen(3000, () => console.log('up'))"], { cwd: home, env: { HOME: home } });
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    const answer = await new Promise<string>((resolve) => connect(free, '127.0.0.1').on('data', (chunk: Buffer) => resolve(chunk.toString())));
    assert.equal(answer, 'from inside');
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('close', resolve));
  });
});
