// Launching `true`: the library in a running session, beside bare bubblewrap with the same mounts and sandbox-runtime's library;
// and the command line from nothing, beside sandbox-runtime's.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { loadPeer, peerCli } from '../test/peer/peer.mjs';
import { median, ms, printGoal, printTable, quantile, takeTurns, times } from './measure.mjs';

const require = createRequire(import.meta.url);
const { createSession, currentHost } = require('sandbox-core');
const { bubblewrapArguments } = require('sandbox-core/internal/plan/bubblewrap');
const { absolutePath } = require('sandbox-core/policy');

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const ROUNDS = 60;
const CLI_ROUNDS = 15;

export async function benchLaunch() {
  const project = mkdtempSync(join(homedir(), 'srt-bench-'));
  try {
    // All there, so that bare bubblewrap needs no mount points made.
    for (const folder of ['secrets', 'generated', '.vscode', '.claude/commands', '.claude/agents']) mkdirSync(join(project, folder), { recursive: true });
    const policy = { network: { allowedDomains: ['example.com'], deniedDomains: [] }, filesystem: { denyRead: ['./secrets'], allowWrite: ['.'], denyWrite: ['./generated'] } };
    await benchLibrary(policy, project);
    await benchCli(policy, project);
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

async function benchLibrary(policy, project) {
  const directory = absolutePath(project);
  const session = await createSession({ policy, host: currentHost(), directory });
  const { SandboxManager } = await loadPeer();
  process.chdir(project); // its relative paths count from here
  await SandboxManager.initialize(policy);
  try {
    const command = { argv: ['true'], directory, terminal: 'none' };
    const bare = ['--unshare-net', ...bubblewrapArguments(await session.plan(command), { nestedNamespaces: false }).filter((word) => word !== '--as-pid-1'), 'true'];
    const measured = await takeTurns(
      {
        'bare bwrap, same mounts': () => ended(spawn('bwrap', bare, { stdio: ['ignore', 'ignore', 'inherit'] })),
        'this library': async () => void (await (await session.run({ ...command, streams: ['ignore', 'ignore', 'ignore'] })).exited),
        'sandbox-runtime': async () => ended(spawn(await SandboxManager.wrapWithSandbox('true'), { shell: true, stdio: 'ignore' })),
      },
      ROUNDS,
    );
    report('Launch of `true` in a running session', measured);
    printGoal('against bare bwrap', ratio(measured, 'this library', 'bare bwrap, same mounts'), 1.3);
    printGoal('faster than sandbox-runtime', ratio(measured, 'sandbox-runtime', 'this library'), 4, 'at least');
  } finally {
    await session.stop();
    await SandboxManager.reset();
    process.chdir(root);
  }
}

async function benchCli(policy, project) {
  const settings = join(project, 'policy.json');
  writeFileSync(settings, JSON.stringify(policy));
  const node = (...args) => ended(spawn(process.execPath, args, { cwd: project, stdio: 'ignore' }));
  const measured = await takeTurns(
    {
      'node -e 0': () => node('-e', '0'),
      'srt -c true': () => node(join(root, 'sandbox-core', 'bin', 'srt.js'), '-s', settings, '-c', 'true'),
      'sandbox-runtime -c true': () => node(peerCli, '-s', settings, '-c', 'true'),
    },
    CLI_ROUNDS,
  );
  report('The command line, from nothing', measured);
  printGoal('faster than sandbox-runtime', ratio(measured, 'sandbox-runtime -c true', 'srt -c true'), 2, 'at least');
}

function report(title, measured) {
  const [, floor] = Object.entries(measured)[0];
  printTable(title, ['', 'p50', 'p95', 'of the first'], Object.entries(measured).map(([name, values]) => [name, ms(median(values)), ms(quantile(values, 0.95)), times(median(values) / median(floor))]));
}

function ratio(measured, above, below) {
  return median(measured[above]) / median(measured[below]);
}

function ended(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${child.spawnargs.slice(0, 3).join(' ')} … ended with ${code}`))));
  });
}
