// Everything that is tested in a real VS Code: node test/vscode/run.mjs [--version minimum] [integration | untrusted | end-to-end]…
//
// In the oldest version that package.json promises: without the end-to-end tests, which know the current workbench.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { ensureServer } from './harness/fetch-vscode.mjs';
import { runIntegration } from './harness/run-integration.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const { values: { version }, positionals } = parseArgs({ allowPositionals: true, options: { version: { type: 'string', default: 'current' } } });
const wanted = positionals.length > 0 ? positionals : ['integration', 'untrusted', ...(version === 'current' ? ['end-to-end'] : [])];
/** Nobody is there to be asked. */
const SETTINGS = { 'srt.askAboutHosts': false, 'chat.tools.global.autoApprove': true };
const isWanted = (name) => wanted.includes(name);

// The stand-ins for two native modules serve these tests as well, and save half a minute of compiling.
const serverDir = await ensureServer({ version, compile: false });
const results = [];
for (const suite of ['integration', 'untrusted']) if (isWanted(suite)) results.push(await runSuite(suite));
if (isWanted('end-to-end')) results.push(runEndToEnd());
process.exitCode = results.every(Boolean) ? 0 : 1;

/** Runs a suite inside the extension host, on a copy of the sample workspace. */
async function runSuite(suite) {
  console.log(`\nin the extension host: ${suite}`);
  const temporary = mkdtempSync(join(tmpdir(), 'srt-vscode-'));
  try {
    const folder = join(temporary, 'sample');
    cpSync(join(root, 'test', 'fixtures', 'workspaces', 'sample'), folder, { recursive: true });
    return await runIntegration({
      extensionDevelopmentPath: root,
      extensionTestsPath: join(root, 'test', 'out', 'vscode', suite, 'index.js'),
      folder,
      server: { serverDir, workspaceTrust: suite === 'untrusted', userSettings: SETTINGS },
    });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function runEndToEnd() {
  console.log('\nin the browser: end-to-end');
  const mocha = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
  return spawnSync(process.execPath, [mocha, '--require', join(here, 'end-to-end', 'setup.mjs'), join(here, 'end-to-end', '*.test.mjs')], { cwd: root, stdio: 'inherit' }).status === 0;
}
