import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';

import type { HostLookup } from 'sandbox-core';

import { policyOf } from '../support/policies';
import { eventually, podOf } from '../support/processes';
import { listen } from '../support/raw-socket';
import { openSandbox, whyNotEnforced } from '../support/sandbox';

const lookup: HostLookup = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
const IN_A_ROW = 10_000;
const AT_ONCE = 1_000;
const MEBIBYTE = 2 ** 20;

/** Opens `count` connections, `rows` at a time, and prints how many brought what the server sends. */
const CLIENT = `
  const [port, count, rows] = process.argv.slice(1).map(Number);
  const one = (host) => new Promise((resolve) => { let got = ''; require('node:net').connect({ port, host }).on('data', (d) => (got += d)).on('error', () => undefined).on('close', () => resolve(got === 'x')); });
  (async () => {
    const { address } = await require('node:dns').promises.lookup('many.test', 4); // it stands for the name as long as the session lives
    let brought = 0;
    await Promise.all(Array.from({ length: rows }, async (_, row) => { for (let n = row; n < count; n += rows) if (await one(address)) brought++; }));
    console.log(brought);
  })();`;

const residentBytes = (pid: number): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

describe('many connections', { skip: whyNotEnforced() ?? false }, () => {
  it('are all carried and counted, 10,000 in a row and 1,000 at once, in bounded memory', async (context) => {
    const held = new Set<Socket>();
    let holding = false;
    const server = createServer((socket) => {
      if (!holding) return void socket.end('x');
      held.add(socket);
      if (held.size === AT_ONCE) for (const each of held) each.end('x');
    });
    server.maxConnections = 2 * AT_ONCE;
    const port = await listen(server, { after: (undo) => context.after(undo) });
    const sandbox = await openSandbox(context, { policy: policyOf({ network: { allowedDomains: [`many.test:${port}`, '127.0.0.1'], deniedDomains: [] } }), lookup });
    const carried = async (count: number, rows: number): Promise<string> => (await sandbox.run([process.execPath, '-e', CLIENT, String(port), String(count), String(rows)])).stdout.trim();

    assert.equal(await carried(200, 4), '200'); // until what is kept for the next connection is there
    const pod = podOf(await sandbox.session.openSocket());
    const [podBefore, ownBefore] = [residentBytes(pod), residentBytes(process.pid)];
    assert.equal(await carried(IN_A_ROW, 4), String(IN_A_ROW));
    // What every connection left behind would add up: 1 KiB of each is 10 MiB.
    assert.ok(residentBytes(pod) - podBefore < 4 * MEBIBYTE, `the pod grew from ${podBefore} to ${residentBytes(pod)} bytes`);
    assert.ok(residentBytes(process.pid) - ownBefore < 128 * MEBIBYTE, `the session grew from ${ownBefore} to ${residentBytes(process.pid)} bytes`);
    holding = true;
    assert.equal(await carried(AT_ONCE, AT_ONCE), String(AT_ONCE));

    const all = 200 + IN_A_ROW + AT_ONCE;
    // The pod tells of the last connections when it has closed them, which the client need not have waited for.
    await eventually(() => (sandbox.session.network.byHost[0]?.connections ?? 0) >= all, 'all connections are counted');
    assert.deepEqual(sandbox.session.network.byHost, [{ name: 'many.test', connections: all, requests: 0, refused: 0, sent: 0, received: all }]);
    assert.deepEqual(sandbox.violations(), []);
  });
});
