// sandbox-runtime in this folder: installed on first use, from this folder's own lock file. `node test/peer/peer.mjs` installs it.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const installed = join(folder, 'node_modules', '@anthropic-ai', 'sandbox-runtime');
/** The lock file that node_modules was made from. */
const stamp = join(folder, 'node_modules', '.installed-lock');

/** Its command line program; `node` runs it. */
export const peerCli = join(installed, 'dist', 'cli.js');

/** Installs what the lock file names, unless that is there already. Throws if it cannot. */
export function installPeer() {
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  writeFileSync(stamp, lock);
}

/** Its library: `SandboxManager` and the rest. */
export async function loadPeer() {
  installPeer();
  return import(join(installed, 'dist', 'index.js'));
}

/** The programs that it needs and that are missing here, or undefined. */
export function whyNoPeer() {
  if (process.platform !== 'linux') return `the comparison runs on Linux, this is ${process.platform}`;
  const missing = ['bwrap', 'socat', 'rg'].filter((program) => !(process.env.PATH ?? '').split(':').some((directory) => existsSync(join(directory, program))));
  return missing.length === 0 ? undefined : `sandbox-runtime needs ${missing.join(', ')}, which are not installed (Debian: apt install bubblewrap socat ripgrep)`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) installPeer();
