// Launching `true`: the library in a running session, beside bare bubblewrap with the same mounts and sandbox-runtime's library;
// processes that join that session
// (`srt-helper run --session`, what terminals and `srt run` start); and the command line from nothing, beside sandbox-runtime's. Memory of each.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { loadPeer, peerCli } from '../test/peer/peer.mjs';
import { median, ms, printGoal, printTable, quantile, takeTurns, times } from './measure.mjs';

const require = createRequire(import.meta.url);
const { createSession, currentHost } = require('sandbox-core');
const { bubblewrapArguments } = require('sandbox-core/internal/plan/bubblewrap');
const { locateHelper } = require('sandbox-core/internal/host/locate');
const { absolutePath } = require('sandbox-core/policy');

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const ROUNDS = 60;
const CLI_ROUNDS = 15;

export async function benchLaunch() {
  const [project, home] = ['srt-bench-', 'srt-bench-home-'].map((name) => mkdtempSync(join(homedir(), name)));
  try {
    // All there, so that bare bubblewrap needs no mount points made.
    for (const folder of ['secrets', 'generated', '.vscode', '.claude/commands', '.claude/agents']) mkdirSync(join(project, folder), { recursive: true });
    const policy = { network: { allowedDomains: ['example.com'], deniedDomains: [] }, filesystem: { denyRead: ['./secrets'], allowWrite: ['.'], denyWrite: ['./generated'] } };
    const memory = {};
    const bare = await benchLibrary(policy, project, memory);
    await benchCli({ policy, project, home, memory, bare });
    printTable('Memory of a waiting bash, with all that is there for it (PSS)', ['', 'MiB'], Object.entries(memory).map(([name, bytes]) => [name, (bytes / 2 ** 20).toFixed(1)]));
  } finally {
    for (const directory of [project, home]) rmSync(directory, { recursive: true, force: true });
  }
}

async function benchLibrary(policy, project, memory) {
  const directory = absolutePath(project);
  const session = await createSession({ policy, host: currentHost(), directory });
  const { SandboxManager } = await loadPeer();
  process.chdir(project); // its relative paths count from here
  await SandboxManager.initialize(policy);
  try {
    const command = { argv: ['true'], directory, terminal: 'none' };
    const bare = ['--unshare-net', ...bubblewrapArguments(await session.plan(command), { nestedNamespaces: false }).filter((word) => word !== '--as-pid-1'), 'true'];
    const joining = [locateHelper(), ['run', '--session', await session.openSocket(), '--label', 'bench', '--']];
    const measured = await takeTurns(
      {
        'bare bwrap, same mounts': () => ended(spawn('bwrap', bare, { stdio: ['ignore', 'ignore', 'inherit'] })),
        'this library': async () => void (await (await session.run({ ...command, streams: ['ignore', 'ignore', 'ignore'] })).exited),
        'joining it, by srt-helper run': () => ended(spawn(joining[0], [...joining[1], 'true'], { stdio: ['ignore', 'ignore', 'inherit'] })),
        'no sandbox': () => ended(spawn('true', { stdio: 'ignore' })),
        'sandbox-runtime': async () => ended(spawn(await SandboxManager.wrapWithSandbox('true'), { shell: true, stdio: 'ignore' })),
      },
      ROUNDS,
    );
    report('Launch of `true` in a running session', measured);
    printGoal('against bare bwrap', ratio(measured, 'this library', 'bare bwrap, same mounts'), 1.3);
    printGoal('joining, against bare bwrap', ratio(measured, 'joining it, by srt-helper run', 'bare bwrap, same mounts'), 1.5);
    const over = median(measured['joining it, by srt-helper run']) - median(measured['no sandbox']);
    console.log(`  ${over < 10 ? 'met   ' : 'MISSED'}  joining, over no sandbox: ${ms(over)} (less than 10 ms)`);
    printGoal('faster than sandbox-runtime', ratio(measured, 'sandbox-runtime', 'this library'), 4, 'at least');
    const waiting = ['bash', '-c', 'echo ready; read'];
    memory['joining a session, by srt-helper run'] = await memoryWhile(spawn(joining[0], [...joining[1], ...waiting], { stdio: ['pipe', 'pipe', 'inherit'] }));
    memory['bare bwrap, same mounts'] = await memoryWhile(spawn('bwrap', [...bare.slice(0, -1), ...waiting], { stdio: ['pipe', 'pipe', 'inherit'] }));
    return median(measured['bare bwrap, same mounts']);
  } finally {
    await session.stop();
    await SandboxManager.reset();
    process.chdir(root);
  }
}

/**
 * @param home where launches are kept
 * @param bare what bare bubblewrap takes, milliseconds
 */
async function benchCli({ policy, project, home, memory, bare }) {
  const settings = join(project, 'policy.json');
  writeFileSync(settings, JSON.stringify(policy));
  // Node reads those at its start: with a system's whole list it takes three times as long, which would hide what the rest takes.
  const { NODE_EXTRA_CA_CERTS: _, ...inherited } = process.env;
  const env = { ...inherited, HOME: home };
  const run = (program, ...args) => ended(spawn(program, args, { cwd: project, env, stdio: 'ignore' }));
  const srt = join(root, 'node_modules', '.bin', 'srt');
  const forget = () => rmSync(join(env.HOME, '.local'), { recursive: true, force: true });
  const measured = await takeTurns(
    {
      'node -e 0': () => run(process.execPath, '-e', '0'),
      'srt -c true, the first time': () => (forget(), run(srt, '-s', settings, '-c', 'true')),
      'srt -c true, from then on': () => run(srt, '-s', settings, '-c', 'true'),
      'sandbox-runtime -c true': () => run(process.execPath, peerCli, '-s', settings, '-c', 'true'),
    },
    CLI_ROUNDS,
  );
  report('The command line, with no session running (the first time in a directory, under a policy: planned by Node)', measured);
  const floor = median(measured['node -e 0']) + bare;
  printGoal('against an empty Node and bare bwrap', median(measured['srt -c true, from then on']) / floor, 1.5);
  console.log(`          the first time: ${times(median(measured['srt -c true, the first time']) / floor)}`);
  const waiting = (program, ...start) => memoryWhile(spawn(program, [...start, '-c', 'echo ready; read'], { cwd: project, env, stdio: ['pipe', 'pipe', 'inherit'] }));
  memory['srt'] = await waiting(srt, '-s', settings);
  memory['srt, the first time'] = await waiting(process.execPath, join(root, 'sandbox-core', 'bin', 'srt.js'), '-s', settings);
  memory['sandbox-runtime'] = await waiting(process.execPath, peerCli, '-s', settings);
  printGoal('faster than sandbox-runtime', ratio(measured, 'sandbox-runtime -c true', 'srt -c true, from then on'), 2, 'at least');
}

/** Of the process and all below it, once it says something; pages that several share count for each in part. */
async function memoryWhile(child) {
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const used = sumOfTree(child.pid);
  child.stdin.end();
  await new Promise((resolve) => child.once('exit', resolve));
  return used;
}

function sumOfTree(pid) {
  const own = Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]) * 1024;
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean)).reduce((sum, below) => sum + sumOfTree(below), own);
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
