// Packs the extension: npm run package [TARGET…]
//
// A target with a helper of its own gets a VSIX with it; `universal` has none, for editing policies anywhere. Unless targets are named: this machine's, those
// whose helper lies in dist-helpers/TARGET/srt-helper, macOS (which needs none), and universal.
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const MEGABYTE = 1024 * 1024;
/** `main`: what every window loads at its start; a library belongs into one of the bundles that are loaded later (bundle.mjs). */
const LIMITS = { universal: 2 * MEGABYTE, platform: 6 * MEGABYTE, main: 0.25 * MEGABYTE };
const LINUX = ['linux-x64', 'linux-arm64'];
const PTY = join(root, 'node_modules', 'node-pty');
/** What it loads on Linux. */
const PTY_FILES = ['package.json', 'LICENSE', ...['index', 'unixTerminal', 'terminal', 'eventEmitter2', 'utils'].map((name) => `lib/${name}.js`)];
const MACOS = ['darwin-x64', 'darwin-arm64'];

/** Packs one target into a folder and resolves with the file's path. Throws if it is too large, or has no helper where it needs one. */
export function packageTarget(target, folder) {
  const staging = mkdtempSync(join(tmpdir(), 'srt-package-'));
  try {
    stage(staging, target);
    requireSize(join(staging, 'dist', 'extension.js'), LIMITS.main);
    const vsix = join(folder, `srt-sandbox${target === 'universal' ? '' : `-${target}`}.vsix`);
    mkdirSync(folder, { recursive: true });
    const vsce = createRequire(import.meta.url).resolve('@vscode/vsce/vsce');
    const options = ['--no-dependencies', '--no-rewrite-relative-links', '--allow-missing-repository', ...(target === 'universal' ? [] : ['--target', target])];
    const { status, stdout, stderr } = spawnSync(process.execPath, [vsce, 'package', ...options, '--out', vsix], { cwd: staging, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${target}: vsce ended with ${status}\n${stdout}${stderr}`);
    return { vsix, size: requireSize(vsix, target === 'universal' ? LIMITS.universal : LIMITS.platform) };
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function requireSize(path, limit) {
  const { size } = statSync(path);
  if (size > limit) throw new Error(`${path} has ${size} bytes, more than the ${limit} allowed`);
  return size;
}

/** The targets that can be packed here. */
export function availableTargets() {
  return [...LINUX.filter((target) => helperOf(target) !== undefined), ...MACOS, 'universal'];
}

/** What is shipped and nothing else, so that a helper of another target cannot slip in. */
function stage(staging, target) {
  for (const name of ['package.json', 'package.nls.json', 'package.nls.de.json', 'README.md', 'CHANGELOG.md', 'LICENSE', '.vscodeignore', 'dist', 'l10n', 'schemas', 'docs/problems', 'media', 'client/language', 'client/shells']) {
    if (existsSync(join(root, name))) cpSync(join(root, name), join(staging, name), { recursive: true, filter: (path) => !path.endsWith('.map') });
  }
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  writeFileSync(join(staging, 'package.json'), JSON.stringify({ ...manifest, scripts: {}, workspaces: [], devDependencies: {}, optionalDependencies: {} }));
  const helper = join(staging, 'dist', 'srt-helper');
  const library = join(staging, 'dist', 'srt-watch.so');
  for (const path of [helper, library]) rmSync(path, { force: true });
  if (!target.startsWith('linux-')) return;
  const own = helperOf(target);
  if (own === undefined) throw new Error(`${target}: expected the helper in dist-helpers/${target}/srt-helper, found none. Build it on such a machine: npm run build:helper`);
  cpSync(own, helper);
  chmodSync(helper, 0o755);
  const beside = join(dirname(own), 'srt-watch.so');
  if (existsSync(beside)) cpSync(beside, library);
  stagePty(staging, target);
}

/** The terminals of agents' commands. Not without its native part, of which there is none but for Linux machines like this one and in dist-helpers: such a package uses pipes. */
function stagePty(staging, target) {
  const native = [join(root, 'dist-helpers', target, 'pty.node'), ...(isThisMachine(target) ? [join(PTY, 'build', 'Release', 'pty.node')] : [])].find((path) => existsSync(path));
  if (native === undefined) return;
  const folder = join(staging, 'dist', 'node_modules', 'node-pty');
  for (const name of PTY_FILES) cpSync(join(PTY, name), join(folder, name));
  cpSync(native, join(folder, 'build', 'Release', 'pty.node'));
}

function helperOf(target) {
  const given = join(root, 'dist-helpers', target, 'srt-helper');
  const built = join(root, 'sandbox-core', 'native', 'build', 'srt-helper');
  return [given, ...(isThisMachine(target) ? [built] : [])].find((path) => existsSync(path));
}

function isThisMachine(target) {
  return target === `${process.platform}-${process.arch}`;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    for (const target of process.argv.length > 2 ? process.argv.slice(2) : availableTargets()) {
      const { vsix, size } = packageTarget(target, join(root, 'packages'));
      console.log(`${(size / MEGABYTE).toFixed(2).padStart(6)} MB  ${vsix}`);
    }
  } catch (error) {
    console.error(`package: ${error.message}`);
    process.exitCode = 1;
  }
}
