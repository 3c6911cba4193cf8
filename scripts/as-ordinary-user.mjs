// Runs a Node script of this checkout as an ordinary user: node scripts/as-ordinary-user.mjs SCRIPT [ARGUMENT…]
//
// For root only. The checkout may lie where only root can go, so it is mounted, in a mount namespace of this run, below a
// temporary directory that everybody may enter; the user gets a home of its own there. Nothing of it outlives the run.
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Debian's `daemon`: an account that is on every machine and owns nothing. */
const USER = 1;
const INSIDE = '--in-own-mount-namespace';

const self = fileURLToPath(import.meta.url);
const root = join(dirname(self), '..');
const words = process.argv.slice(2);

process.exitCode = words[0] === INSIDE ? runInside(words[1], words.slice(2)) : runOutside(words);

function runOutside(script) {
  if (process.getuid() !== 0) throw new Error('as-ordinary-user: expected to be run by root');
  const directory = mkdtempSync(join(tmpdir(), 'srt-user-'));
  chmodSync(directory, 0o755);
  try {
    return run('unshare', ['--mount', '--propagation', 'private', process.execPath, self, INSIDE, directory, ...script]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function runInside(directory, [script, ...args]) {
  const [checkout, home, temporary] = ['checkout', 'home', 'tmp'].map((name) => join(directory, name));
  for (const made of [checkout, home, temporary]) mkdirSync(made);
  for (const owned of [home, temporary]) chownSync(owned, USER, USER);
  if (run('mount', ['--bind', root, checkout]) !== 0) return 1;
  const account = [`--reuid=${USER}`, `--regid=${USER}`, '--clear-groups', '--inh-caps=-all'];
  return run('setpriv', [...account, process.execPath, join(checkout, script), ...args], {
    cwd: checkout,
    env: { PATH: process.env.PATH, LANG: 'C.UTF-8', HOME: home, TMPDIR: temporary, SRT_FORBID_SKIPS: process.env.SRT_FORBID_SKIPS ?? '' },
  });
}

function run(program, args, options = {}) {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit', ...options });
  if (error) throw error;
  return status ?? 1;
}
