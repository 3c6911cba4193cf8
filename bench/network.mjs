// The network: throughput between C programs, small requests, TLS connections, DNS answers, many connections, memory of idle ones.
// Ours from inside a sandbox, through its proxy and without one; sandbox-runtime's proxy; direct loopback. All in the same run.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';

import { loadPeer } from '../test/peer/peer.mjs';
import { median, printGoal, printTable, times } from './measure.mjs';

const require = createRequire(import.meta.url);
const { createSession, currentHost } = require('sandbox-core');
const { absolutePath } = require('sandbox-core/policy');

const here = dirname(fileURLToPath(import.meta.url));
const ROUNDS = 3;
const BYTES = 2 ** 30;
const NAME = 'bench.test';
const PROXY = ['198.18.0.1', '3128'];
const OUR_PROXY = `http://${PROXY.join(':')}`;

const measures = { throughput, requests, 'tls-connections': tlsConnections, 'dns-answers': dnsAnswers, 'many-connections': manyConnections, 'idle-memory': idleMemory };

/** @param part one of the measures; all of them unless given */
export async function benchNetwork(part) {
  if (part !== undefined && !Object.hasOwn(measures, part)) throw new Error(`no measure "${part}" of the network; there are ${Object.keys(measures).join(', ')}`);
  const directory = mkdtempSync(join(homedir(), 'srt-bench-'));
  const policy = { network: { allowedDomains: [NAME, 'localhost', '127.0.0.1'], deniedDomains: [] }, filesystem: { denyRead: [], allowWrite: [], denyWrite: [] } };
  const session = await createSession({ policy, host: currentHost(), directory: absolutePath(directory), lookup: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]) });
  const { SandboxManager } = await loadPeer();
  await SandboxManager.initialize(policy);
  const closing = [];
  const endpoint = join(directory, 'endpoint');
  execFileSync('cc', ['-O2', '-pthread', '-D_GNU_SOURCE', '-o', endpoint, join(here, 'endpoint.c')]);
  const lab = {
    directory,
    endpoint,
    closing,
    direct: (argv) => output(spawn(argv[0], argv.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })),
    ours: async (argv) => output(await session.run({ argv, directory: absolutePath(directory), streams: ['ignore', 'pipe', 'pipe'], terminal: 'none' })),
    start: (argv) => session.run({ argv, directory: absolutePath(directory), streams: ['ignore', 'pipe', 'inherit'], terminal: 'none' }),
    peer: async (script) => output(spawn(await SandboxManager.wrapWithSandbox(script), { shell: true, stdio: ['ignore', 'pipe', 'pipe'] })),
  };
  try {
    for (const measure of part === undefined ? Object.values(measures) : [measures[part]]) await measure(lab);
  } finally {
    for (const close of closing) close();
    await session.stop();
    await SandboxManager.reset();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What a program printed. Rejects with what it said on stderr if it failed: a transfer that came short is no measurement. */
async function output(child) {
  const [printed, said, status] = await Promise.all([text(child.stdout), text(child.stderr), endOf(child)]);
  if (status !== 0) throw new Error(`ended with ${status}: ${said.trim()}`);
  return printed.trim();
}

/** The exit code, or the signal. A command of a session has a promise of it. */
const endOf = async (child) => ('exited' in child ? child.exited.then(({ code, signal }) => code ?? signal) : new Promise((resolve) => child.once('error', resolve).once('close', (code, signal) => resolve(code ?? signal))));

/** Starts a C program that serves; resolves with its port. */
async function serving({ endpoint, closing }, ...words) {
  const server = spawn(endpoint, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  closing.push(() => server.kill());
  return String(await new Promise((resolve) => server.stdout.once('data', (line) => resolve(Number(line)))));
}

/** In a shell of sandbox-runtime's sandbox: its proxy's address and what to log in with. */
const LOGIN = '$(node -e \'const u = new URL(process.env.HTTP_PROXY); console.log(u.hostname, u.port, Buffer.from(decodeURIComponent(u.username) + ":" + decodeURIComponent(u.password)).toString("base64"))\')';

async function throughput(lab) {
  const { endpoint, direct, ours, peer } = lab;
  const port = await serving(lab, 'serve', String(BYTES));
  const rates = await inTurn({
    'direct loopback': () => direct([endpoint, 'fetch', '127.0.0.1', port, String(BYTES)]),
    'ours, transparent': () => ours([endpoint, 'fetch', NAME, port, String(BYTES)]),
    'ours, CONNECT tunnel': () => ours([endpoint, 'fetch', NAME, port, String(BYTES), ...PROXY, '']),
    'sandbox-runtime, CONNECT tunnel': () => peer(`${endpoint} fetch localhost ${port} ${BYTES} ${LOGIN}`),
  }, (milliseconds) => BYTES / 2 ** 20 / (Number(milliseconds) / 1000));
  const reference = rates['direct loopback'];
  printTable('1 GiB between C programs', ['', 'MiB/s', 'of direct'], Object.entries(rates).map(([name, rate]) => [name, rate.toFixed(0), times(rate / reference)]));
  printGoal('transparent, of direct', rates['ours, transparent'] / reference, 0.5, 'at least');
  printGoal('tunnel, of direct', rates['ours, CONNECT tunnel'] / reference, 0.5, 'at least');
  printGoal("tunnel, of sandbox-runtime's", rates['ours, CONNECT tunnel'] / rates['sandbox-runtime, CONNECT tunnel'], 6, 'at least');
}

const client = (kind, host, port, count, proxy) => [process.execPath, join(here, 'network-client.mjs'), kind, host, String(port), String(count), proxy];

async function listening(server, closing) {
  server.on('error', () => undefined).listen(0, '127.0.0.1', 4096);
  await new Promise((resolve) => server.once('listening', resolve));
  closing.push(() => server.close());
  return server.address().port;
}

const REQUESTS = 5000;

async function requests(lab) {
  const { endpoint, direct, ours, peer } = lab;
  const port = await serving(lab, 'answer');
  const results = await runs({
    'direct loopback': () => direct([endpoint, 'ask', '127.0.0.1', port, String(REQUESTS)]),
    'ours, transparent': () => ours([endpoint, 'ask', NAME, port, String(REQUESTS)]),
    'ours, proxy': () => ours([endpoint, 'ask', NAME, port, String(REQUESTS), ...PROXY, '']),
    'sandbox-runtime, proxy': () => peer(`${endpoint} ask localhost ${port} ${REQUESTS} ${LOGIN}`),
  }, JSON.parse);
  const of = (name, key) => median(results[name].map((result) => result[key]));
  const added = (name, key) => `${(of(name, key) - of('direct loopback', key)).toFixed(3)} ms`;
  printTable('small HTTP requests between C programs, on one connection', ['', 'a second', 'added p50', 'added p99'], Object.keys(results).map((name) => [name, of(name, 'perSecond').toFixed(0), added(name, 'p50'), added(name, 'p99')]));
  printGoal("proxy, of sandbox-runtime's rate", of('ours, proxy', 'perSecond') / of('sandbox-runtime, proxy', 'perSecond'), 3, 'at least');
}

async function tlsConnections({ directory, closing, direct, ours, peer }) {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', join(directory, 'key'), '-out', join(directory, 'cert'), '-days', '1', '-subj', `/CN=${NAME}`], { stdio: 'ignore' });
  const port = await listening(createTlsServer({ key: readFileSync(join(directory, 'key')), cert: readFileSync(join(directory, 'cert')) }, (socket) => socket.on('error', () => undefined)).on('tlsClientError', () => undefined), closing);
  const rates = await inTurn({
    'direct loopback': () => direct(client('tls', '127.0.0.1', port, 80, 'none')),
    'ours, transparent': () => ours(client('tls', NAME, port, 80, 'none')),
    'ours, CONNECT tunnel': () => ours(client('tls', NAME, port, 80, OUR_PROXY)),
    'sandbox-runtime, CONNECT tunnel': () => peer(client('tls', 'localhost', port, 80, 'environment').join(' ')),
  }, (json) => JSON.parse(json).perSecond);
  printTable('new TLS connections, one after another', ['', 'a second'], Object.entries(rates).map(([name, rate]) => [name, rate.toFixed(0)]));
}

async function dnsAnswers({ ours }) {
  const { perSecond } = JSON.parse(await ours(client('dns', NAME, 53, 4000, 'none')));
  printTable('DNS', ['', 'answers a second'], [['ours (sandbox-runtime has none)', perSecond.toFixed(0)]]);
}

async function manyConnections({ closing, ours }) {
  const port = await listening(createServer((socket) => socket.on('error', () => undefined).end('x')), closing);
  const row = JSON.parse(await ours(client('connections', NAME, port, 10_000, 'none')));
  const burst = JSON.parse(await ours(client('burst', NAME, port, 5_000, 'none')));
  printTable('connections, transparent', ['', 'lost', 'a second'], [['10,000 in a row', row.lost, row.perSecond.toFixed(0)], ['5 times 1,000 at once', burst.lost, burst.perSecond.toFixed(0)]]);
}

async function idleMemory({ closing, start }) {
  const port = await listening(createServer((socket) => socket.on('error', () => undefined).write('x')), closing);
  const before = { own: process.memoryUsage.rss(), pod: podMemory() };
  const running = await start(client('idle', NAME, port, 1000, 'none'));
  await new Promise((resolve) => running.stdout.once('data', resolve));
  const after = { own: process.memoryUsage.rss(), pod: podMemory() };
  const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  printTable('memory of 1,000 idle connections', ['', 'before', 'with them'], [['session (and the server of this benchmark)', mebibytes(before.own), mebibytes(after.own)], ['pod', mebibytes(before.pod), mebibytes(after.pod)]]);
  running.kill();
  await running.exited;
}

/** Resident bytes of the pod that this process started. */
function podMemory() {
  const found = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).find((pid) => /srt-helper\0pod\0/.test(readIfThere(`/proc/${pid}/cmdline`)) && isOurs(pid));
  return Number(/VmRSS:\s+(\d+)/.exec(readIfThere(`/proc/${found}/status`))?.[1] ?? 0) * 1024;
}

function isOurs(pid) {
  for (let at = pid; at > 1; ) {
    if (at === process.pid) return true;
    at = Number(/PPid:\s+(\d+)/.exec(readIfThere(`/proc/${at}/status`))?.[1] ?? 0);
  }
  return false;
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

async function inTurn(contestants, rateOf) {
  const rates = await runs(contestants, rateOf);
  return Object.fromEntries(Object.entries(rates).map(([name, values]) => [name, median(values)]));
}

/** What each contestant's runs gave; at least one. */
async function runs(contestants, resultOf) {
  const results = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(contestants)) {
      const result = await measured(name, run, resultOf);
      if (result !== undefined) results[name].push(result);
    }
  }
  for (const [name, given] of Object.entries(results)) if (given.length === 0) throw new Error(`${name}: no run worked, so there is nothing to compare with`);
  return results;
}

/** One run of a contestant. Of somebody else's that fails, only the run is lost; ours has to do all of it, so the whole benchmark fails. */
async function measured(name, run, rateOf) {
  try {
    return rateOf(await run());
  } catch (error) {
    if (!name.startsWith('sandbox-runtime')) throw new Error(`${name}: ${error.message}`, { cause: error });
    console.error(`${name}: ${error.message}; this run does not count`);
    return undefined;
  }
}
