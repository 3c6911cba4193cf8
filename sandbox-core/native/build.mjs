// Builds srt-helper, the one native program, with the system's C compiler: `node native/build.mjs`.
//
// It runs as the install script of sandbox-core, so it must not fail where the helper is of no use (macOS, Windows) or
// where only the editor parts are wanted: without a compiler it says what to install, and the engine says so again.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const native = dirname(fileURLToPath(import.meta.url));
const output = join(native, 'build', 'srt-helper');

const FLAGS = [
  '-std=c17', '-D_GNU_SOURCE', '-O2',
  '-Wall', '-Wextra', '-Werror', '-Wshadow', '-Wformat=2', '-Wno-format-nonliteral',
  '-D_FORTIFY_SOURCE=2', '-pthread', '-fstack-protector-strong', '-fPIE', '-static-pie', '-s',
  '-Wl,-z,relro,-z,now,-z,noexecstack',
];

export function helperSources() {
  const folder = join(native, 'src');
  return readdirSync(folder).filter((name) => name.endsWith('.c')).sort().map((name) => join(folder, name));
}

function version() {
  return JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')).version;
}

function isCurrent() {
  const inputs = [...readdirSync(join(native, 'src')).map((name) => join(native, 'src', name)), fileURLToPath(import.meta.url)];
  try {
    const built = statSync(output).mtimeMs;
    return inputs.every((input) => statSync(input).mtimeMs < built);
  } catch {
    return false;
  }
}

export function buildHelper() {
  if (process.platform !== 'linux') return console.log('srt-helper: only used on Linux, not built here');
  if (isCurrent()) return;
  mkdirSync(dirname(output), { recursive: true });
  const fresh = `${output}.${process.pid}`;
  try {
    execFileSync('cc', [...FLAGS, `-DSRT_VERSION="${version()}"`, '-o', fresh, ...helperSources()], { stdio: ['ignore', 'inherit', 'inherit'] });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return console.warn('srt-helper: no C compiler found, so no command can be sandboxed yet. Install one (Debian: apt install gcc libc6-dev) and run: npm run build:helper');
  }
  renameSync(fresh, output); // a running helper keeps its old file
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildHelper();
