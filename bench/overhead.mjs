// What it costs to watch for violations, and what to hold names: the same work in a sandbox whose filter asks the supervisor about no path, in one that asks
// only where a name has to be held (the same enforcement, unmonitored), and in one as it is. The disk has to be quiet; a tmpfs is (SRT_BENCH_DIRECTORY;
// not /dev/shm, of which a sandbox has its own).
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { median, ms, printGoal, printTable, takeTurns, times } from './measure.mjs';

const require = createRequire(import.meta.url);
const { createSession, currentHost } = require('sandbox-core');
const filter = require('sandbox-core/internal/plan/seccomp');
const watch = require('sandbox-core/internal/plan/watch');
const { absolutePath } = require('sandbox-core/policy');
const { protections } = require('sandbox-core/internal/policy/protections');

const here = dirname(fileURLToPath(import.meta.url));
const FILES = 5000;

/** `rounds`: of short runs many, of long ones few. `goal`: of watching; of everything together it is the same for all. */
const GOAL_OF_BOTH = 2.5;
const workloads = [
  { name: 'tar: unpack 5,000 files', argv: ['tar', '-xf', '../files.tar'], rounds: 15, goal: 1.05, makes: true },
  { name: 'rg over 5,000 files', argv: ['rg', '-c', 'nothing-has-this', '../tree'], rounds: 25, goal: 1.05, codes: [1] },
  { name: 'git status, 5,000 files', argv: ['git', '-C', '../tree', 'status', '--porcelain'], rounds: 25, goal: 1.02 },
  { name: 'tsc', argv: [process.execPath, join(here, '..', 'node_modules', 'typescript', 'bin', 'tsc'), '-p', '../source', '--outDir', 'out'], rounds: 3, goal: 1.03, makes: true, codes: [0, 2] },
  { name: 'static program: unpack', argv: ['../unpack-static'], rounds: 15, goal: 2.5, makes: true },
  { name: 'Go program: unpack', argv: ['../unpack-go'], rounds: 15, goal: 2.5, makes: true },
];

/** Names are held under almost every policy that lets something be written; without, opens for writing are asked about all the same: a named pipe may be what they open. */
const policies = [
  { which: '', isAll: true, filesystem: { denyRead: ['./secrets'], allowWrite: ['.'], denyWrite: [] } },
  { which: ', no names held', isAll: false, filesystem: { denyRead: ['./secrets'], allowWrite: ['.'], denyWrite: [], liftProtections: protections.map(({ name }) => name) } },
];

/** @param only what a workload's name has to have in it */
export async function benchOverhead(only = '') {
  const project = mkdtempSync(join(process.env.SRT_BENCH_DIRECTORY ?? homedir(), 'srt-bench-'));
  try {
    prepare(project);
    const rows = [];
    for (const policy of policies) {
      const wanted = workloads.map((workload) => ({ ...workload, name: workload.name + policy.which })).filter(({ name, makes, rounds }) => name.includes(only) && (policy.isAll || (makes && rounds > 5)));
      rows.push(...(await benchUnder(policy, project, wanted)));
    }
    print(rows);
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

async function benchUnder({ filesystem }, project, wanted) {
  const open = () => createSession({ policy: { network: { allowedDomains: [], deniedDomains: [] }, filesystem }, host: currentHost(), directory: absolutePath(project) });
  // Each in a session of its own, as a session plans a filter once.
  const measured = await Promise.all(Object.entries(sandboxes).map(async ([sandbox, how]) => ({ sandbox, ...how, session: await open() })));
  const rows = [];
  try {
    for (const workload of wanted) rows.push({ ...workload, ...(await bench(measured, project, workload)) });
  } finally {
    for (const { session } of measured) await session.stop();
  }
  return rows;
}

function print(rows) {
  printTable('watching and holding names', ['', 'neither', 'holding', 'both', 'watching costs', 'holding costs', 'both cost'],
    rows.map(({ name, neither, holding, both }) => [name, ms(neither), ms(holding), ms(both), times(both / holding), times(holding / neither), times(both / neither)]));
  for (const { name, goal, neither, holding, both } of rows) {
    printGoal(`${name}: watching`, both / holding, goal);
    printGoal(`${name}: watching and holding`, both / neither, GOAL_OF_BOTH);
  }
}

const { seccompRules } = filter;
const { preloading } = watch;

/** Nothing is held by changes of open files, of times and of owners. */
function holdingRules(options) {
  const rules = seccompRules({ ...options, paths: { ...options.paths, reads: options.paths.holdsReads } });
  return rules.filter(({ call, action, when }) => !([...filter.OPEN_FILE_CHANGES, ...filter.MARKED_ALWAYS].includes(call) && action === 'notify' && when === undefined));
}

/** The three sandboxes, by what their filter asks and whether they preload the library. */
const sandboxes = {
  neither: { rules: (options) => seccompRules(options).filter(({ action, call }) => action !== 'notify' || call === 'connect'), preloads: (environment) => environment },
  holding: { rules: holdingRules, preloads: preloading },
  both: { rules: seccompRules, preloads: preloading },
};

async function bench(measured, project, { argv, rounds, makes, codes = [0] }) {
  let round = 0;
  const run = async ({ session, rules, preloads }, spent) => {
    const directory = join(project, makes ? `work-${round++}` : 'work');
    mkdirSync(directory, { recursive: true });
    Object.assign(filter, { seccompRules: rules });
    Object.assign(watch, { preloading: preloads });
    const started = performance.now();
    const running = await session.run({ argv, directory: absolutePath(directory), streams: ['ignore', 'ignore', 'inherit'], terminal: 'none' });
    const { code } = await running.exited;
    spent.push(performance.now() - started);
    if (!codes.includes(code)) throw new Error(`${argv.join(' ')} ended with ${code}`);
    if (makes) rmSync(directory, { recursive: true });
  };
  const spent = Object.fromEntries(measured.map(({ sandbox }) => [sandbox, []]));
  await takeTurns(Object.fromEntries(measured.map((how) => [how.sandbox, () => run(how, spent[how.sandbox])])), rounds);
  const { neither, both, holding } = Object.fromEntries(measured.map(({ sandbox }) => [sandbox, median(spent[sandbox].slice(2))]));
  return { neither, holding, both };
}

function prepare(project) {
  for (const folder of ['secrets', 'work', 'tree', 'unpacked']) mkdirSync(join(project, folder));
  for (let n = 0; n < FILES; n++) {
    const folder = join(project, 'tree', `d${n % 100}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `f${n}.txt`), `line ${n}\n`.repeat(60));
  }
  cpSync(join(here, '..', 'sandbox-core', 'src', 'policy'), join(project, 'source', 'policy'), { recursive: true });
  writeFileSync(join(project, 'source', 'tsconfig.json'), JSON.stringify({ compilerOptions: { target: 'es2022', module: 'commonjs', strict: true, skipLibCheck: true, noEmitOnError: false, types: [] }, include: ['policy'] }));
  must('tar', '-cf', join(project, 'files.tar'), '-C', join(project, 'tree'), '.');
  for (const args of [['init', '-q'], ['add', '.'], ['-c', 'user.name=x', '-c', 'user.email=x@example.com', 'commit', '-qm', 'x']]) must('git', '-C', join(project, 'tree'), ...args);
  must('cc', '-O2', '-static', '-o', join(project, 'unpack-static'), join(here, 'unpack.c'));
  must('go', 'build', '-o', join(project, 'unpack-go'), join(here, 'unpack.go'));
}

function must(program, ...args) {
  const { status, error, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr}`);
}
