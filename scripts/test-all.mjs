// Everything there is to test, in the order in which failures explain each other: npm test
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const isRoot = process.getuid?.() === 0;

const steps = [
  ['what is needed', ['scripts/prerequisites.mjs']],
  ['build', ['node_modules/typescript/bin/tsc', '-b']],
  ['bundle', ['scripts/bundle.mjs']],
  ['policy, plan, language server (also in Neovim), command line, house rules', ['scripts/test.mjs', 'sandbox-core', 'server', 'editors', 'client', 'house', 'cli']],
  ['the demo', ['scripts/demo.mjs']],
  // One at a time: real sandboxes, and tests that watch for what is left behind.
  [isRoot ? 'enforcement, as root' : 'enforcement', ['scripts/test.mjs', '--concurrency', '1', 'enforcement']],
  ...(isRoot && process.platform === 'linux' ? [['enforcement, as an ordinary user', ['scripts/as-ordinary-user.mjs', 'scripts/test.mjs', '--concurrency', '1', 'enforcement']]] : []),
  ['the npm package, installed without a network', ['scripts/test.mjs', 'package']],
  ['attacks', ['scripts/attacks.mjs']],
  ['programs that use the network', ['scripts/programs.mjs']],
  ['the same verdicts as sandbox-runtime', ['scripts/test.mjs', '--concurrency', '1', 'compat']],
  ['a real VS Code', ['test/vscode/run.mjs']],
];

for (const [what, command] of steps) {
  const started = performance.now();
  console.log(`\n──── ${what}`);
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (status !== 0) {
    console.error(`\n──── ${what}: failed after ${seconds} s (node ${command.join(' ')})`);
    process.exit(1);
  }
  console.log(`──── ${what}: ${seconds} s`);
}
