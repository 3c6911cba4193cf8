// Bundles what is shipped: the CLI, the language server and the extension. `npm run build` runs it after the compiler.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';

import { build } from 'esbuild';

import { bundleLibraries, bundleOptions, root } from './bundling.mjs';

/**
 * `vscode` is left out only where it exists; a stray import of it in the core or the server fails to bundle.
 * `later`: bundles of this list that are loaded when something of them is wanted: most runs, and most windows, do without.
 */
const bundles = [
  { entry: 'sandbox-core/src/cli/mcp.ts', output: 'mcp.js' },
  { entry: 'sandbox-core/src/cli/bin.ts', output: 'srt.js', later: ['mcp.js'] },
  { entry: 'server/src/main.ts', output: 'server.js' },
  { entry: 'client/src/session-host/main.ts', output: 'session-host.js' },
  { entry: 'client/src/start-language-client.ts', output: 'start-language-client.js', external: ['vscode'] },
  { entry: 'client/src/on-demand.ts', output: 'on-demand.js', external: ['vscode'] },
  { entry: 'client/src/extension.ts', output: 'extension.js', external: ['vscode'], later: ['start-language-client.js', 'on-demand.js'] },
];

const TYPICAL_POLICY = { network: { allowedDomains: ['*.npmjs.org'], deniedDomains: [] }, filesystem: { denyRead: ['~/.ssh', './secrets'], allowWrite: ['.'], denyWrite: ['./.env'] } };

mkdirSync(join(root, 'dist'), { recursive: true });
for (const { entry, output, external = [], later = [] } of bundles) {
  if (!existsSync(join(root, entry))) continue;
  await build({
    ...bundleOptions,
    entryPoints: [join(root, entry)],
    outfile: join(root, 'dist', output),
    sourcemap: true,
    sourcesContent: false,
    external: [...bundleOptions.external, ...external],
    plugins: [...bundleOptions.plugins, loadLater(later)],
  });
}

await bundleLibraries(join(root, 'dist'));
copyFileSync(join(root, 'node_modules', 'charts.css', 'dist', 'charts.min.css'), join(root, 'dist', 'charts.min.css'));

for (const name of ['srt-helper', 'srt-watch.so']) {
  const built = join(root, 'sandbox-core', 'native', 'build', name);
  if (!existsSync(built)) continue;
  const fresh = join(root, 'dist', `${name}.${process.pid}`);
  copyFileSync(built, fresh);
  chmodSync(fresh, 0o755);
  renameSync(fresh, join(root, 'dist', name)); // what runs keeps its old file
}

linkFront();

for (const name of readdirSync(join(root, 'dist'))) if (name.endsWith('.cache')) rmSync(join(root, 'dist', name));
keepCodeOfCommands();
runOnce('server/bin/srt-language-server.js', ['--stdio'], { input: languageSession() });

/** Whoever imports them lies in some folder of the sources; in dist they lie side by side. */
function loadLater(names) {
  return { name: 'load-later', setup: (build) => build.onResolve({ filter: /^\.\.?\/.*\.js$/ }, ({ path }) => (names.includes(basename(path)) ? { path: `./${basename(path)}`, external: true } : undefined)) };
}

/** In an installed package the native front takes the place of bin/srt; here that is a file of the repository, so the name that npm gave it leads to the front. */
function linkFront() {
  const link = join(root, 'node_modules', '.bin', 'srt');
  const front = join(root, 'sandbox-core', 'native', 'build', 'srt');
  if (!existsSync(front) || lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return;
  const fresh = `${link}.${process.pid}`;
  symlinkSync(relative(dirname(link), front), fresh);
  renameSync(fresh, link);
}

/** A program keeps what V8 compiled in its first run (sandbox-core/bin/load-bundle.js), so that is to do what is done most. */
function runOnce(program, args, { input = '', cwd = root }) {
  spawnSync(process.execPath, [join(root, program), ...args], { cwd, input, stdio: ['pipe', 'ignore', 'ignore'], timeout: 30_000 });
}

/** A command in a project with the rules that most have. */
function keepCodeOfCommands() {
  const project = mkdtempSync(join(tmpdir(), 'srt-build-'));
  try {
    for (const folder of ['.git/hooks', 'secrets']) mkdirSync(join(project, folder), { recursive: true });
    writeFileSync(join(project, 'policy.json'), JSON.stringify(TYPICAL_POLICY));
    runOnce('sandbox-core/bin/srt.js', ['-s', 'policy.json', '-c', 'true'], { cwd: project });
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

/** What every editor begins with: a policy is opened, and looked at. */
function languageSession() {
  const textDocument = { uri: 'file:///policy.srt.json', languageId: 'srt-policy', version: 1, text: JSON.stringify(TYPICAL_POLICY, null, 2) };
  const position = { line: 2, character: 24 };
  const messages = [
    { id: 1, method: 'initialize', params: { processId: null, rootUri: null, workspaceFolders: null, capabilities: { textDocument: { diagnostic: {} } } } },
    { method: 'initialized', params: {} },
    { method: 'textDocument/didOpen', params: { textDocument } },
    { id: 2, method: 'textDocument/diagnostic', params: { textDocument } },
    { method: 'textDocument/didChange', params: { textDocument: { uri: textDocument.uri, version: 2 }, contentChanges: [{ range: { start: position, end: position }, text: 'x' }] } },
    { id: 3, method: 'textDocument/diagnostic', params: { textDocument } },
    { id: 4, method: 'textDocument/hover', params: { textDocument, position } },
    { id: 5, method: 'shutdown' },
    { method: 'exit' },
  ];
  const framed = (body) => `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  return messages.map((message) => framed(JSON.stringify({ jsonrpc: '2.0', ...message }))).join('');
}
