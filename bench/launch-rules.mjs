// Launching `true` under policies with 10, 100 and 1,000 rules in a project of 50,000 files, beside bare bubblewrap:
// with no mounts but the root (the floor), and with the same mounts (what bubblewrap itself makes of them); and beside sandbox-runtime's library.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { loadPeer } from '../test/peer/peer.mjs';
import { median, ms, printGoal, printTable, quantile, takeTurns, times } from './measure.mjs';

const require = createRequire(import.meta.url);
const { createSession, currentHost } = require('sandbox-core');
const { bubblewrapArguments } = require('sandbox-core/internal/plan/bubblewrap');
const { absolutePath } = require('sandbox-core/policy');

const DIRECTORIES = 2_000;
const FILES_EACH = 25;
const ROUNDS = { 10: 30, 100: 20, 1000: 8 };

/** What policies look like: most rules deny reading or name what cannot be written anyway, some deny writing in the project. */
function policyOf(count, project) {
  const rules = Array.from({ length: count }, (_, index) => index);
  return {
    network: { allowedDomains: [], deniedDomains: [] },
    filesystem: {
      denyRead: rules.filter((index) => index % 4 === 0).map((index) => `${project}/d${index}/f0`),
      allowWrite: ['.', ...rules.filter((index) => index % 4 === 1).map((index) => `./d${index}`)],
      denyWrite: ['**/*.key', ...rules.filter((index) => index % 4 === 2).map((index) => `./d${index}/f1`), ...rules.filter((index) => index % 4 === 3).map((index) => `/usr/share/rule${index}`)],
    },
  };
}

export async function benchLaunchRules() {
  const project = mkdtempSync(join(homedir(), 'srt-bench-'));
  try {
    for (let directory = 0; directory < DIRECTORIES; directory++) {
      mkdirSync(join(project, `d${directory}`));
      for (let file = 0; file < FILES_EACH; file++) writeFileSync(join(project, `d${directory}/f${file}`), '');
    }
    for (const folder of ['.vscode', '.claude/commands', '.claude/agents']) mkdirSync(join(project, folder), { recursive: true });
    for (const count of Object.keys(ROUNDS).map(Number)) await measureRules(count, project);
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

async function measureRules(count, project) {
  const directory = absolutePath(project);
  const opened = performance.now();
  const session = await createSession({ policy: policyOf(count, project), host: currentHost(), directory });
  const opening = performance.now() - opened;
  const { SandboxManager } = await loadPeer();
  const home = process.cwd();
  process.chdir(project); // its relative paths count from here
  await SandboxManager.initialize(policyOf(count, project));
  try {
    const command = { argv: ['true'], directory, terminal: 'none' };
    const plan = await session.plan(command);
    const started = performance.now();
    await session.plan(command);
    const planning = performance.now() - started;
    const bwrap = (args) => ended(spawn('bwrap', [...args, 'true'], { stdio: ['ignore', 'ignore', 'inherit'] }));
    const same = ['--unshare-net', ...bubblewrapArguments(plan, { nestedNamespaces: false }).filter((word) => word !== '--as-pid-1')];
    const measured = await takeTurns(
      {
        'bare bwrap, no rules': () => bwrap(['--unshare-all', '--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc']),
        'bare bwrap, same mounts': () => bwrap(same),
        'this library': async () => void (await (await session.run({ ...command, streams: ['ignore', 'ignore', 'ignore'] })).exited),
        'sandbox-runtime': async () => ended(spawn(await SandboxManager.wrapWithSandbox('true'), { shell: true, stdio: 'ignore' })),
      },
      ROUNDS[count],
    );
    const floor = median(measured['bare bwrap, same mounts']);
    printTable(`${count} rules, ${DIRECTORIES * FILES_EACH} files: ${plan.mounts.length} mounts, session opened in ${ms(opening)}, planned again in ${ms(planning)}`, ['', 'p50', 'p95', 'of the same mounts'], Object.entries(measured).map(([name, values]) => [name, ms(median(values)), ms(quantile(values, 0.95)), times(median(values) / floor)]));
    printGoal('against bare bwrap with the same mounts', median(measured['this library']) / floor, 1.3);
    printGoal('faster than sandbox-runtime', median(measured['sandbox-runtime']) / median(measured['this library']), 6, 'at least');
  } finally {
    await session.stop();
    await SandboxManager.reset();
    process.chdir(home);
  }
}

function ended(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`bwrap ended with ${code}`))));
  });
}
