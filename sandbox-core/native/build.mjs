// Builds srt-helper, the one native program, and srt-watch.so, which its sandboxes preload, with the system's C compiler: `node native/build.mjs`.
//
// It runs as the install script of sandbox-core, so it must not fail where the helper is of no use (macOS, Windows) or
// where only the editor parts are wanted: without a compiler it says what to install, and the engine says so again.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const native = dirname(fileURLToPath(import.meta.url));
const STRICT = ['-D_GNU_SOURCE', '-O2', '-Wall', '-Wextra', '-Werror', '-Wshadow'];

const HELPER_FLAGS = [
  ...STRICT, '-std=c17', '-Wformat=2', '-Wno-format-nonliteral',
  '-D_FORTIFY_SOURCE=2', '-pthread', '-fstack-protector-strong', '-fPIE', '-static-pie', '-s',
  '-Wl,-z,relro,-z,now,-z,noexecstack',
];

/** For programs of any C library, so it is linked to none, and for every process that starts, so it is small. */
export const LIBRARY_FLAGS = [
  ...STRICT, '-std=gnu17', '-ffreestanding', '-fPIC', '-fvisibility=hidden', '-fno-stack-protector', '-fno-asynchronous-unwind-tables',
  '-shared', '-nostdlib', '-s', '-Wl,-z,relro,-z,now,-z,noexecstack,-z,noseparate-code,--hash-style=gnu',
];

/** Of the helper's sources, those that the front is made of too. */
const SHARED = ['frame.c', 'failure.c', 'leftovers.c', 'placeholders.c', 'terminal.c'];

export function sourcesIn(name) {
  const folder = join(native, name);
  return readdirSync(folder).filter((name) => name.endsWith('.c')).sort().map((name) => join(folder, name));
}

function version() {
  return JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')).version;
}

function isCurrent(output, folders) {
  const inputs = [...folders.flatMap((folder) => readdirSync(join(native, folder)).map((name) => join(native, folder, name))), fileURLToPath(import.meta.url)];
  try {
    const built = statSync(output).mtimeMs;
    return inputs.every((input) => statSync(input).mtimeMs < built);
  } catch {
    return false;
  }
}

function compile(name, folders, argumentsOf) {
  const output = join(native, 'build', name);
  if (isCurrent(output, folders)) return;
  mkdirSync(dirname(output), { recursive: true });
  const fresh = `${output}.${process.pid}`;
  execFileSync('cc', argumentsOf(fresh), { stdio: ['ignore', 'inherit', 'inherit'] });
  renameSync(fresh, output); // what runs keeps its old file
}

export function buildNative() {
  if (process.platform !== 'linux') return console.log('srt-helper: only used on Linux, not built here');
  try {
    compile('srt-helper', ['src'], (output) => [...HELPER_FLAGS, `-DSRT_VERSION="${version()}"`, '-o', output, ...sourcesIn('src')]);
    compile('srt', ['front', 'src'], (output) => [...HELPER_FLAGS, `-DSRT_VERSION="${version()}"`, '-o', output, ...sourcesIn('front'), ...SHARED.map((name) => join(native, 'src', name))]);
    if (['x64', 'arm64'].includes(process.arch)) compile('srt-watch.so', ['preload'], (output) => [...LIBRARY_FLAGS, '-o', output, ...sourcesIn('preload')]);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    console.warn('srt-helper: no C compiler found, so no command can be sandboxed yet. Install one (Debian: apt install gcc libc6-dev) and run: npm run build:helper');
  }
}

/**
 * In an installed package, the front becomes the program that npm has linked. Not for other package managers, which write scripts that give
 * it to Node; there it stays the script that it is.
 */
function placeFront() {
  const core = join(native, '..');
  const front = [join(native, 'build', 'srt'), join(native, 'prebuilt', `${process.platform}-${process.arch}`, 'srt')].find((path) => existsSync(path));
  const isInstalledByNpm = existsSync(join(core, 'lib', 'srt.js')) && (process.env.npm_config_user_agent ?? '').startsWith('npm/');
  if (process.platform !== 'linux' || front === undefined || !isInstalledByNpm) return;
  const program = join(core, 'bin', 'srt');
  copyFileSync(front, `${program}.new`);
  chmodSync(`${program}.new`, 0o755);
  renameSync(`${program}.new`, program);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  buildNative();
  placeFront();
}
