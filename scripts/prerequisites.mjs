// Makes sure that what npm cannot bring is there: node scripts/prerequisites.mjs [sandbox] [terminals] [neovim] [editor] [shells]
//
// As root with apt it installs what is missing; otherwise it says exactly what to install, and exits 1.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildNative } from '../sandbox-core/native/build.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const NEEDS = {
  sandbox: [
    { what: 'bubblewrap, which makes the sandbox', package: 'bubblewrap', isThere: () => hasProgram('bwrap') },
    { what: 'a C compiler, for the native helper', package: 'gcc libc6-dev', isThere: () => hasProgram('cc') },
    { what: 'git, for the tests', package: 'git', isThere: () => hasProgram('git') },
  ],
  // npm goes on without it: it is compiled when it is installed, and only the tests need it.
  terminals: [{ what: 'node-pty, which drives terminals in the tests', package: 'python3 make g++', then: ['npm', 'install', '--no-save', 'node-pty'], isThere: isPtyBuilt }],
  neovim: [{ what: 'Neovim, to test the language server in', package: 'neovim', isThere: () => hasProgram('nvim') }],
  editor: [{ what: 'Chromium, which shows the editor', package: 'chromium', isThere: () => ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].some(hasProgram) }],
  shells: [
    { what: 'zsh, for its terminals', package: 'zsh', isThere: () => hasProgram('zsh') },
    { what: 'fish, for its terminals', package: 'fish', isThere: () => hasProgram('fish') },
  ],
};

const wanted = process.argv.slice(2).length > 0 ? process.argv.slice(2) : Object.keys(NEEDS);
const missing = wanted.flatMap((name) => NEEDS[name] ?? []).filter(({ isThere }) => !isThere());

if (process.platform !== 'linux') console.log('Commands can be sandboxed on Linux only; here, the parts that do not need it are tested.');
else if (missing.length > 0) provide(missing);
if (process.platform === 'linux' && !existsSync(join(root, 'sandbox-core', 'native', 'build', 'srt-helper'))) buildNative();

function provide(needs) {
  const packages = needs.flatMap((need) => need.package.split(' '));
  const commands = needs.flatMap(({ then }) => (then === undefined ? [] : [then]));
  if (process.getuid() === 0 && hasProgram('apt-get')) {
    console.log(`installing ${packages.join(', ')} …`);
    apt('update', '-qq');
    apt('install', '-y', '-qq', '--no-install-recommends', ...packages);
    for (const [program, ...args] of commands) spawnSync(program, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    const still = needs.filter(({ isThere }) => !isThere());
    if (still.length === 0) return;
  }
  console.error(`This needs:\n${needs.map(({ what }) => `  - ${what}`).join('\n')}\nInstall them and try again, on Debian or Ubuntu:\n  sudo apt install ${packages.join(' ')}${commands.map((words) => `\n  ${words.join(' ')}`).join('')}`);
  process.exit(1);
}

function apt(...args) {
  execFileSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
}

/** In a process of its own: what once failed to load would fail again in this one. */
function isPtyBuilt() {
  return spawnSync(process.execPath, ['-e', "require('node-pty')"], { cwd: root, stdio: 'ignore' }).status === 0;
}

function hasProgram(name) {
  return spawnSync('which', [name], { stdio: 'ignore' }).status === 0;
}
