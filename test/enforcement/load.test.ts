import { strict as assert } from 'node:assert';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';

import type { HostLookup } from 'sandbox-core';

import { policyOf } from '../support/policies';
import { eventually } from '../support/processes';
import { listen } from '../support/raw-socket';
import { openSandbox, whyNotEnforced } from '../support/sandbox';

const lookup: HostLookup = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);

/** Opens `count` connections, `atOnce` at a time, and prints how many brought what the server sends. */
const CLIENT = `
  const [port, count, atOnce] = process.argv.slice(1).map(Number);
  // One family: with both, a client on a busy machine opens a second connection while the first is on its way.
  const one = () => new Promise((resolve) => { let got = ''; require('node:net').connect({ port, host: 'many.test', family: 4 }).on('data', (d) => (got += d)).on('error', () => undefined).on('close', () => resolve(got === 'x' ? 1 : 0)); });
  (async () => { let ok = 0; for (let done = 0; done < count; done += atOnce) for (const got of await Promise.all(Array.from({ length: atOnce }, one))) ok += got; console.log(ok); })();`;

/** The short form; bench/network.mjs opens 10,000 in a row and 1,000 at once. */
describe('many connections', { skip: whyNotEnforced() ?? false }, () => {
  it('are all carried and counted, in a row and at once', async (context) => {
    const port = await listen(createServer((socket) => socket.end('x')), { after: (undo) => context.after(undo) });
    const sandbox = await openSandbox(context, { policy: policyOf({ network: { allowedDomains: [`many.test:${port}`, '127.0.0.1'], deniedDomains: [] } }), lookup });
    assert.equal((await sandbox.run([process.execPath, '-e', CLIENT, String(port), '500', '1'])).stdout, '500\n');
    assert.equal((await sandbox.run([process.execPath, '-e', CLIENT, String(port), '1000', '500'])).stdout, '1000\n');
    // The pod tells of the last connections when it has closed them, which the client need not have waited for.
    await eventually(() => (sandbox.session.network.byHost[0]?.connections ?? 0) >= 1500, 'all connections are counted');
    assert.deepEqual(sandbox.session.network.byHost, [{ name: 'many.test', connections: 1500, requests: 0, refused: 0, sent: 0, received: 1500 }]);
    assert.deepEqual(sandbox.violations(), []);
  });
});
