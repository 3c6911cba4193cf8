// The same suites in a desktop VS Code, where one can be downloaded: node test/vscode/desktop.mjs [VERSION…]
//
// Default: the oldest version that package.json promises, and the current one.
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { runTests } from '@vscode/test-electron';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const versions = process.argv.length > 2 ? process.argv.slice(2) : [engines.vscode.replace('^', ''), 'stable'];

for (const version of versions) {
  for (const suite of ['integration', 'untrusted']) {
    console.log(`\nVS Code ${version}: ${suite}`);
    const temporary = mkdtempSync(join(tmpdir(), 'srt-vscode-'));
    try {
      const folder = join(temporary, 'sample');
      cpSync(join(root, 'test', 'fixtures', 'workspaces', 'sample'), folder, { recursive: true });
      await runTests({
        version,
        extensionDevelopmentPath: root,
        extensionTestsPath: join(root, 'test', 'out', 'vscode', suite, 'index.js'),
        launchArgs: [folder, '--disable-extensions', ...(suite === 'integration' ? ['--disable-workspace-trust'] : [])],
      });
    } catch (error) {
      console.error(`desktop: ${error.message}`);
      process.exitCode = 1;
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  }
}
