// One gibibyte through a CONNECT tunnel: ours and sandbox-runtime's, each from inside its sandbox, and direct loopback.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { loadPeer } from '../test/peer/peer.mjs';
import { median, printGoal, printTable, times } from './measure.mjs';

const require = createRequire(import.meta.url);
const { createSession, currentHost } = require('sandbox-core');
const { absolutePath } = require('sandbox-core/policy');

const here = dirname(fileURLToPath(import.meta.url));
const ROUNDS = 3;
const BYTES = 2 ** 30;
const OUR_PROXY = 'http://198.18.0.1:3128';

export async function benchTunnel() {
  const directory = mkdtempSync(join(homedir(), 'srt-bench-'));
  const server = spawn(process.execPath, [join(here, 'stream-server.mjs'), String(BYTES)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise((resolve) => server.stdout.once('data', (line) => resolve(Number(line))));
  const client = (proxy) => [process.execPath, join(here, 'stream-client.mjs'), `localhost:${port}`, String(BYTES), proxy];
  const policy = { network: { allowedDomains: ['localhost'], deniedDomains: [] }, filesystem: { denyRead: [], allowWrite: [], denyWrite: [] } };
  const session = await createSession({ policy, host: currentHost(), directory: absolutePath(directory) });
  const { SandboxManager } = await loadPeer();
  await SandboxManager.initialize(policy);
  try {
    const contestants = {
      'direct loopback': () => spawn(client('none')[0], client('none').slice(1), { stdio: ['ignore', 'pipe', 'inherit'] }),
      'this proxy': () => session.run({ argv: client(OUR_PROXY), directory: absolutePath(directory), streams: ['ignore', 'pipe', 'inherit'], terminal: 'none' }),
      'sandbox-runtime': async () => spawn(await SandboxManager.wrapWithSandbox(client('environment').join(' ')), { shell: true, stdio: ['ignore', 'pipe', 'inherit'] }),
    };
    const rates = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
    for (let round = 0; round < ROUNDS; round++) for (const [name, start] of Object.entries(contestants)) rates[name].push(BYTES / 2 ** 20 / (Number(await text((await start()).stdout)) / 1000));
    const direct = median(rates['direct loopback']);
    printTable('1 GiB through a CONNECT tunnel, client and server being Node', ['', 'MiB/s', 'of direct'], Object.entries(rates).map(([name, values]) => [name, median(values).toFixed(0), times(median(values) / direct)]));
    printGoal('faster than sandbox-runtime', median(rates['this proxy']) / median(rates['sandbox-runtime']), 3, 'at least');
  } finally {
    await session.stop();
    await SandboxManager.reset();
    server.kill();
    rmSync(directory, { recursive: true, force: true });
  }
}
