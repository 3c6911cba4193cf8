// The language server beside vscode-json-languageservice on the same policies: node bench/language-server.mjs
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { median, ms, printGoal, printTable, quantile, takeTurns, times } from './measure.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { createProtocolConnection, StreamMessageReader, StreamMessageWriter } = createRequire(import.meta.url)('vscode-languageserver-protocol/node');

const OURS = join(root, 'server', 'bin', 'srt-language-server.js');
const YARDSTICK = join(root, 'bench', 'json-language-server.cjs');
const URI = 'file:///bench/policy.srt.json';
/** As VS Code has them. */
const CAPABILITIES = { textDocument: { diagnostic: {}, completion: { completionItem: { snippetSupport: true, resolveSupport: { properties: ['documentation', 'detail', 'additionalTextEdits'] } }, completionList: { itemDefaults: ['commitCharacters', 'editRange', 'insertTextFormat', 'insertTextMode', 'data'] } } } };
const SIZES = [200, 10_000];
const ROUNDS = 40;
const STARTS = 15;
const MAX_RATIO = 1.5;
const MAX_LARGE_MS = 50;
const MAX_START_RATIO = 2;

export async function benchLanguageServer() {
  if (!existsSync(join(root, 'dist', 'server.js'))) throw new Error('the bundle is missing; run: npm run build');
  for (const rules of SIZES) await benchRequests(rules);
  await benchStart();
}

async function benchRequests(rules) {
  const text = policyText(rules);
  const servers = { ours: await startServer(OURS, text), yardstick: await startServer(YARDSTICK, text) };
  const rows = [];
  const goals = [];
  for (const [what, ask] of Object.entries(requestsOn(text))) {
    const measured = await takeTurns(Object.fromEntries(Object.entries(servers).map(([name, server]) => [name, () => ask(server)])), ROUNDS);
    const [ours, yardstick] = [measured.ours, measured.yardstick];
    const ratio = quantile(ours, 0.95) / quantile(yardstick, 0.95);
    rows.push([what, ms(median(ours)), ms(quantile(ours, 0.95)), ms(median(yardstick)), ms(quantile(yardstick, 0.95)), times(ratio)]);
    goals.push({ what, ratio, p95: quantile(ours, 0.95) });
  }
  rows.push(['memory (resident)', megabytes(servers.ours), '', megabytes(servers.yardstick), '', '']);
  printTable(`${rules} rules, ${Math.round(text.length / 1024)} KiB`, ['', 'ours p50', 'p95', 'JSON service p50', 'p95', 'p95 ratio'], rows);
  for (const { what, ratio, p95 } of goals) {
    if (rules === SIZES[0]) printGoal(`${what}, p95`, ratio, MAX_RATIO);
    else console.log(`  ${p95 <= MAX_LARGE_MS ? 'met   ' : 'MISSED'}  ${what}, p95: ${ms(p95)} (at most ${ms(MAX_LARGE_MS)})`);
  }
  for (const server of Object.values(servers)) await server.stop();
}

/** What a writer waits for, at the end of the lists, where the most has to be read. */
function requestsOn(text) {
  const lines = text.split('\n');
  const lineOf = (part) => lines.findLastIndex((line) => line.includes(part));
  const key = { line: lines.length - 2, character: 2 };
  const entry = { line: lineOf('host-'), character: 12 };
  return {
    'completion of a key': (server) => server.ask('completion', { position: key }),
    'completion of a host': (server) => server.ask('completion', { position: entry }),
    'hover over an entry': (server) => server.ask('hover', { position: entry }),
    'keystroke to diagnostics': (server) => {
      server.type({ line: entry.line, character: lines[entry.line].indexOf('host-') });
      return server.ask('diagnostic', {});
    },
  };
}

async function benchStart() {
  const measured = await takeTurns(
    {
      ours: async () => (await startServer(OURS)).stop(),
      empty: () => void spawnSync(process.execPath, ['-e', '0']),
    },
    STARTS,
  );
  const ready = [];
  for (let round = 0; round < STARTS; round++) {
    const started = performance.now();
    const server = await startServer(OURS);
    ready.push(performance.now() - started);
    await server.stop();
  }
  const ratio = median(ready) / median(measured.empty);
  printTable('start', ['', 'p50', 'p95'], [['ours, until it has answered "initialize"', ms(median(ready)), ms(quantile(ready, 0.95))], ['an empty Node, until it has ended', ms(median(measured.empty)), ms(quantile(measured.empty, 0.95))]]);
  printGoal('start, p50', ratio, MAX_START_RATIO);
}

/** Files and hosts in equal parts over the five lists. */
function policyText(rules) {
  const policy = { network: { allowedDomains: [], deniedDomains: [] }, filesystem: { denyRead: [], allowWrite: [], denyWrite: [] } };
  const lists = [policy.network.allowedDomains, policy.network.deniedDomains, policy.filesystem.denyRead, policy.filesystem.allowWrite, policy.filesystem.denyWrite];
  for (let index = 0; index < rules; index++) lists[index % 5].push(index % 5 < 2 ? `host-${index}.example.com` : `./list-${index % 5}/file-${index}`);
  return JSON.stringify(policy, null, 2) + '\n';
}

async function startServer(program, text) {
  const child = spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const connection = createProtocolConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  connection.listen();
  await connection.sendRequest('initialize', { processId: process.pid, rootUri: null, workspaceFolders: null, capabilities: CAPABILITIES });
  let version = 1;
  if (text !== undefined) await connection.sendNotification('textDocument/didOpen', { textDocument: { uri: URI, languageId: 'srt-policy', version, text } });
  return {
    ask: (method, params) => connection.sendRequest(`textDocument/${method}`, { textDocument: { uri: URI }, ...params }),
    type: (position) => void connection.sendNotification('textDocument/didChange', { textDocument: { uri: URI, version: ++version }, contentChanges: [{ range: { start: position, end: position }, text: 'x' }] }),
    residentBytes: () => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) * 1024,
    async stop() {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      await connection.sendRequest('shutdown');
      await connection.sendNotification('exit');
      await exited;
      connection.dispose();
    },
  };
}

function megabytes(server) {
  return process.platform === 'linux' ? `${(server.residentBytes() / 1024 / 1024).toFixed(0)} MB` : '?';
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchLanguageServer();
