// How many decisions a second the evaluator makes at 1,000 rules, beside a scan through all of them: node bench/run.mjs decisions
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { median, printTable } from './measure.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { absolutePath, canonicalHost, containsPath, decide, matchesHost, resolveWithoutDisk } = createRequire(import.meta.url)(join(root, 'sandbox-core', 'out', 'policy', 'index.js'));

const RULES = 1000;
const QUESTIONS = 100_000;
/** A scan is slow: it gets fewer. */
const SCANNED = 2_000;
const ROUNDS = 7;
const GOALS = { hosts: 1_000_000, paths: 500_000 };

export async function benchDecisions() {
  const policy = resolveWithoutDisk(policyOf(RULES), { base: absolutePath('/repo'), home: absolutePath('/home/me') });
  const hosts = Array.from({ length: QUESTIONS }, (_, index) => ['api.example.com', `host-${index % RULES}.example.com`, `a.b.zone-${index % RULES}.example.net`, `unknown-${index % 5000}.example.org`][index % 4]);
  const paths = Array.from({ length: QUESTIONS }, (_, index) => absolutePath([`/repo/src/part-${index % RULES}/file.ts`, `/data/area-${index % RULES}/a/b/c.txt`, `/home/me/.secret-${index % RULES}/key`, `/usr/lib/program-${index % 5000}`][index % 4]));
  const contestants = {
    hosts: () => hosts.forEach((host) => decide(policy, { kind: 'connect', host, port: 443 })),
    'hosts, scanned': () => hosts.slice(0, SCANNED).forEach((host) => scanHosts(policy, host)),
    paths: () => paths.forEach((path, index) => decide(policy, { kind: index % 2 === 0 ? 'read' : 'write', path })),
    'paths, scanned': () => paths.slice(0, SCANNED).forEach((path, index) => scanPaths(policy, index % 2 === 0 ? 'read' : 'write', path)),
  };
  agree(policy, hosts, paths);
  const times = processorTimes(contestants);
  const rate = (name) => (1000 * (name.endsWith('scanned') ? SCANNED : QUESTIONS)) / median(times[name]);
  printTable(`decisions a second of processor time, ${RULES} rules of each kind`, ['', 'indexed', 'scan of all rules', 'ratio'], ['hosts', 'paths'].map((kind) => [kind, shown(rate(kind)), shown(rate(`${kind}, scanned`)), `${(rate(kind) / rate(`${kind}, scanned`)).toFixed(0)}×`]));
  for (const [kind, goal] of Object.entries(GOALS)) console.log(`  ${rate(kind) >= goal ? 'met   ' : 'MISSED'}  ${kind}: ${shown(rate(kind))} a second (at least ${shown(goal)})`);
}

/** Processor time, milliseconds: what else runs on the machine does not count. In turns, after a warm-up. */
function processorTimes(contestants) {
  const times = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let round = -2; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(contestants)) {
      const before = process.cpuUsage();
      run();
      if (round >= 0) times[name].push(process.cpuUsage(before).user / 1000);
    }
  }
  return times;
}

const shown = (value) => Math.round(value).toLocaleString('en');

function policyOf(count) {
  const list = (make) => Array.from({ length: count / 2 }, (_, index) => make(index * 2));
  return {
    network: { allowedDomains: [...list((index) => `host-${index}.example.com`), ...list((index) => `*.zone-${index}.example.net`)], deniedDomains: [] },
    filesystem: { denyRead: list((index) => `~/.secret-${index}`), allowWrite: ['/repo', ...list((index) => `/data/area-${index}`)], denyWrite: ['**/*.lock'] },
  };
}

/** As one would write it first: every rule is asked, nothing is looked up. */
function scanHosts({ network }, name) {
  const host = canonicalHost(name);
  if (network.denied.some(({ pattern }) => matchesHost(pattern, host, 443))) return 'deny';
  return network.allowed.some(({ pattern }) => matchesHost(pattern, host, 443)) ? 'allow' : 'deny';
}

function scanPaths({ filesystem }, kind, path) {
  const covers = ({ pattern }) => (pattern.kind === 'literal' ? containsPath(pattern.path, path) : pattern.names(path));
  const deepest = (lists) => filesystem.rules.filter((rule) => lists.includes(rule.list) && covers(rule)).reduce((depth, { named }) => Math.max(depth, named.length), -1);
  const readable = deepest(['denyRead']) <= deepest(['allowRead', 'allowWrite']);
  if (kind === 'read' || !readable) return readable ? 'allow' : 'deny';
  return deepest(['denyWrite']) < 0 && deepest(['allowWrite']) >= 0 ? 'allow' : 'deny';
}

/** A fast answer that is another one would be none. */
function agree(policy, hosts, paths) {
  const differing = [
    ...hosts.slice(0, SCANNED).filter((host) => decide(policy, { kind: 'connect', host, port: 443 }).outcome !== scanHosts(policy, host)),
    ...paths.slice(0, SCANNED).filter((path) => decide(policy, { kind: 'write', path }).outcome !== scanPaths(policy, 'write', path)),
  ];
  if (differing.length > 0) throw new Error(`the scan decides differently about ${differing.slice(0, 3).join(', ')}`);
}
