// The main job on real input: npm run demo
//
// A policy with three mistakes is checked by the real language server and mended with the fixes it offers; a real shell
// script then runs under it, doing what it may and what it may not. Exits 0 only if everything happened as expected.
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const { createSession, currentHost } = require('sandbox-core');
const { absolutePath, rangeAt, validatePolicy } = require('sandbox-core/policy');
const { createProtocolConnection, StreamMessageReader, StreamMessageWriter } = require('vscode-languageserver-protocol/node');
const { TextDocument } = require('vscode-languageserver-textdocument');

const isTerminal = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code) => (text) => (isTerminal ? `\x1b[${code}m${text}\x1b[0m` : text);
const [bold, dim, red, yellow, green, cyan] = [1, 2, 31, 33, 32, 36].map(paint);
const say = (line = '') => console.log(line);

const SCRIPT = `#!/bin/bash
# A build script, as one would get it from somewhere.
fetch() { exec 3<>"/dev/tcp/$1/$2" && printf 'GET /data HTTP/1.0\\r\\nHost: %s\\r\\n\\r\\n' "$1" >&3 && sed '1,/^\\r$/d' <&3; }

echo "building" > out/build.log        && echo "1. wrote out/build.log"
fetch api.demo.test "$PORT"            && echo "2. fetched from api.demo.test"
cat secrets/token                      || echo "3. could not read secrets/token"
echo "echo pwned" >> release.sh        || echo "4. could not change release.sh"
echo "evil" > ~/.srt-demo-autostart    || echo "5. could not write to the home directory"
fetch evil.demo.test "$PORT"           || echo "6. could not reach evil.demo.test"
`;

const started = performance.now();
const directory = mkdtempSync(join(tmpdir(), 'srt-demo-'));
const project = join(directory, 'project');
const home = join(directory, 'home');
const autostart = join(homedir(), '.srt-demo-autostart');
try {
  await demo();
  say(`\n${green('✓')} everything happened as expected (${((performance.now() - started) / 1000).toFixed(1)} s)`);
} catch (error) {
  say(`\n${red('✗')} ${error.stack ?? error}`);
  process.exitCode = 1;
} finally {
  for (const made of [directory, autostart]) rmSync(made, { recursive: true, force: true });
}

async function demo() {
  const requests = [];
  const web = createServer((request, response) => {
    requests.push(request.headers.host);
    response.end('the data\n');
  });
  await new Promise((resolve) => web.listen(0, '127.0.0.1', resolve));
  const { port } = web.address();
  try {
    makeProject();
    const policy = await writeThePolicy(port);
    await runTheScript(policy, port);
    assert.deepEqual(requests, ['api.demo.test'], 'only the allowed host was reached');
  } finally {
    web.close();
    web.closeAllConnections();
  }
}

function makeProject() {
  for (const folder of [home, join(project, 'out'), join(project, 'secrets')]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(project, 'secrets', 'token'), 'not for builds\n');
  writeFileSync(join(project, 'release.sh'), '#!/bin/sh\n');
  writeFileSync(join(project, 'build.sh'), SCRIPT, { mode: 0o755 });
}

// ---- 1. write a policy -------------------------------------------------------------------------------------------------

async function writeThePolicy(port) {
  const path = join(project, '.srt-settings.json');
  const first = JSON.stringify({ network: { allowedDomains: [`api.demo.test:${port}`, `127.0.0.1:${port}`], deniedDomains: ['*.evil..test'] }, filesystem: { denyReads: ['./secrets'], allowWrite: ['.'], denyWrite: ['./release.sh'] } }, null, 2).replace('"./release.sh"\n', '"./release.sh",\n');
  say(bold('1. A policy with three mistakes, as the language server sees it\n'));
  printNumbered(first);
  const server = await openLanguageServer();
  try {
    const { diagnostics, mended } = await mend(server, pathToFileURL(path).href, first);
    assert.deepEqual(diagnostics, ['invalid-domain', 'unknown-key', 'json-trailing-comma']);
    assert.deepEqual(validatePolicy(mended).problems, []);
    writeFileSync(path, mended);
    say(`\n   ${green('✓')} mended; the language server has nothing to say any more`);
    return mended;
  } finally {
    await server.close();
  }
}

/** Takes the fix of one problem after the other until there are none; the bad host has no fix and is taken out. */
async function mend(server, uri, first) {
  let text = first;
  let diagnostics = await server.open(uri, text);
  const codes = diagnostics.map(({ code }) => code);
  say();
  for (const diagnostic of diagnostics) printDiagnostic(diagnostic, await server.fixes(uri, diagnostic));
  while (diagnostics.length > 0) {
    const [fix] = await server.fixes(uri, diagnostics[0]);
    text = fix ? TextDocument.applyEdits(TextDocument.create(uri, 'srt-policy', 1, text), fix.edit.changes[uri]) : text.replace(/\[\s*"\*\.evil\.\.test"\s*\]/, '[]');
    diagnostics = await server.change(uri, text);
  }
  return { diagnostics: codes, mended: text };
}

function printDiagnostic({ range, severity, code, message }, [fix]) {
  const kind = severity === 1 ? red('error') : yellow('warning');
  say(`   line ${range.start.line + 1}, column ${range.start.character + 1}  ${kind}  ${message}  ${dim(code)}`);
  say(dim(`      ${fix ? `offered fix: ${fix.title}` : 'no automatic fix: the entry has to be meant by somebody'}`));
}

/** The real server, over stdio, as any editor would start it; in an empty home, so that it says the same on every machine. */
async function openLanguageServer() {
  const child = spawn(process.execPath, [join(root, 'server', 'bin', 'srt-language-server.js'), '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, HOME: home } });
  const connection = createProtocolConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  let version = 0;
  let arrived;
  connection.onNotification('textDocument/publishDiagnostics', (params) => params.version === version && arrived?.(params.diagnostics));
  connection.listen();
  await connection.sendRequest('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
  const published = () => new Promise((resolve) => (arrived = resolve));
  return {
    open(uri, text) {
      const next = published();
      void connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId: 'srt-policy', version: ++version, text } });
      return next;
    },
    change(uri, text) {
      const next = published();
      void connection.sendNotification('textDocument/didChange', { textDocument: { uri, version: ++version }, contentChanges: [{ text }] });
      return next;
    },
    /** The fixes of one diagnostic, each with its edit: a server may leave that out until it is asked for. */
    async fixes(uri, diagnostic) {
      const context = { diagnostics: [diagnostic], only: ['quickfix'] };
      const actions = (await connection.sendRequest('textDocument/codeAction', { textDocument: { uri }, range: diagnostic.range, context })) ?? [];
      return Promise.all(actions.map((action) => (action.edit ? action : connection.sendRequest('codeAction/resolve', action))));
    },
    async close() {
      await connection.sendRequest('shutdown');
      await connection.sendNotification('exit');
      connection.dispose();
    },
  };
}

// ---- 2. run under it, 3. see the violations ------------------------------------------------------------------------------

async function runTheScript(policyText, port) {
  say(`\n${bold('2. A shell script runs under it')}\n`);
  say(dim(SCRIPT.trimEnd().split('\n').slice(1).map((line) => `   ${line}`).join('\n')));
  const session = await createSession({
    policy: JSON.parse(policyText),
    host: currentHost(),
    directory: absolutePath(project),
    // Both hosts are served on this machine.
    lookup: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
  });
  try {
    const environment = { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: homedir(), PORT: String(port) };
    const command = await session.run({ argv: ['bash', './build.sh'], directory: absolutePath(project), environment, streams: ['ignore', 'pipe', 'pipe'], terminal: 'none' });
    const [stdout, stderr] = await Promise.all([readText(command.stdout), readText(command.stderr)]);
    assert.equal((await command.exited).code, 0);
    say(dim('\n   $ ./build.sh'));
    for (const line of stdout.trimEnd().split('\n')) say(`   ${line}`);
    for (const line of stderr.trimEnd().split('\n')) say(dim(`   ${line}`));
    assert.deepEqual(stdout.split('\n').filter((line) => /^\d\./.test(line)).map((line) => line[0]), ['1', '2', '3', '4', '5', '6']);
    assert.match(stdout, /^the data$/m);
    printViolations(policyText, session.violations.violations);
    assertUntouched();
  } finally {
    await session.stop();
  }
}

function printViolations(policyText, violations) {
  say(`\n${bold('3. What was refused, and by which line of the policy')}\n`);
  const { syntax } = validatePolicy(policyText);
  const lineOf = (pointer) => policyText.slice(0, rangeAt(syntax.root, pointer).offset).split('\n').length;
  const found = violations.map(({ operation, target, rule, reason }) => ({ operation, target: target.replace(project, '…').replace(homedir(), '~'), line: lineOf(rule.pointer), reason }));
  for (const { operation, target, line, reason } of found) {
    say(`   ${red(operation.padEnd(8))} ${target}`);
    say(`            ${cyan(`.srt-settings.json:${line}`)}  ${dim(policyText.split('\n')[line - 1].trim())}  ${reason}`);
  }
  assert.deepEqual(
    found.map(({ operation, target, line }) => `${operation} ${target} ${line}`),
    ['read …/secrets/token 11', 'write …/release.sh 17', 'write ~/.srt-demo-autostart 13', 'resolve evil.demo.test 3'],
  );
}

function assertUntouched() {
  assert.equal(readFileSync(join(project, 'release.sh'), 'utf8'), '#!/bin/sh\n');
  assert.equal(readFileSync(join(project, 'out', 'build.log'), 'utf8'), 'building\n');
  assert.equal(existsSync(autostart), false);
}

function printNumbered(text) {
  text.split('\n').forEach((line, index) => say(`   ${dim(String(index + 1).padStart(2))}  ${line}`));
}
