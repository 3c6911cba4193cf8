#!/usr/bin/env node
/**
 * Makes a real VS Code server ready to be started, out of npm packages only: `node fetch-vscode.mjs [--no-compile] [--version minimum] [folder]`.
 *
 *  - What is ready stays: a marker with all versions makes the next call instant.
 *  - Nothing half done is ever used: all is built in a folder of this process and renamed at the end.
 *  - Two calls at once do no harm; the first to finish wins.
 *  - No install script runs; at most two native modules are compiled (native-modules.mjs).
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { isMain } from './is-main.mjs';
import { provideNativeModules } from './native-modules.mjs';
import { downloadPackage, installDependencies, unpackPackage } from './npm-package.mjs';
import { runProgram } from './run-program.mjs';
import { VERSIONS } from './vscode-versions.mjs';

/** Raise it when the stages below change what ends up on the disk. */
const RECIPE = 1;
const MARKER = 'ready.json';
const BUILDING = 'building-';

/**
 * Resolves with the folder of a ready server, `current` or `minimum`; see `serverPaths` for what is in it. `compile: false`
 * takes the JavaScript stand-ins without looking for a compiler, which is how they are tested.
 */
export async function ensureServer({
  version = 'current',
  cacheDir = defaultCacheDir(),
  arch = process.arch,
  compile = true,
  log = console.log,
} = {}) {
  const pinned = VERSIONS[version];
  if (!pinned) throw new Error(`expected one of ${Object.keys(VERSIONS).join(', ')} as the version, found ${version}`);
  const wanted = describeServer(pinned, arch);
  const serverDir = join(cacheDir, version === 'current' ? 'server' : `server-${version}`);
  if (await isReady(serverDir, wanted)) return serverDir;

  log(`VS Code ${pinned.vscode} (${arch}) -> ${serverDir}`);
  await mkdir(cacheDir, { recursive: true });
  await removeAbandonedBuilds(cacheDir);
  const building = join(cacheDir, `${BUILDING}${process.pid}`);
  try {
    await buildServer({ building, pinned, arch, compile, log });
    await writeFile(join(building, 'server', MARKER), JSON.stringify(wanted, null, 2));
    await publish(join(building, 'server'), serverDir, wanted);
  } finally {
    await removeFolder(building);
  }
  return serverDir;
}

/** The programs of a server folder. */
export function serverPaths(serverDir) {
  return { node: join(serverDir, 'node/bin/node'), main: join(serverDir, 'vscode/out/server-main.js') };
}

/** `.vscode-server` beside the package.json nearest to this file. */
export function defaultCacheDir() {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
  return join(folder, '.vscode-server');
}

function describeServer({ codeServer, node: nodes }, arch) {
  const node = nodes[arch];
  if (process.platform !== 'linux' || !node) {
    throw new Error(
      `expected linux-x64 or linux-arm64, for which the VS Code server is packaged; this is ${process.platform}-${arch}. ` +
        'Run these tests in a Linux container, or the integration suite with @vscode/test-electron.',
    );
  }
  return { recipe: RECIPE, arch, codeServer: codeServer.integrity, node: node.integrity };
}

async function isReady(serverDir, wanted) {
  const text = await readFile(join(serverDir, MARKER), 'utf8').catch(() => '');
  return text === JSON.stringify(wanted, null, 2);
}

/** Leftovers of killed fetches. One that still runs keeps its folder. */
async function removeAbandonedBuilds(cacheDir) {
  for (const name of await readdir(cacheDir)) {
    if (!name.startsWith(BUILDING) || (await isRunning(name.slice(BUILDING.length)))) continue;
    await removeFolder(join(cacheDir, name));
  }
}

/** A killed process may stay in /proc as a zombie for ever: the init of many containers collects none. */
async function isRunning(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return status !== '' && !/^State:\s+[ZX]/m.test(status);
}

async function buildServer({ building, pinned, arch, compile, log }) {
  const stage = timedStages(log);
  const server = join(building, 'server');
  const vscode = join(server, 'vscode');
  const nodeHome = join(server, 'node');
  const pins = [pinned.codeServer, pinned.node[arch], ...pinned.prebuilt.map(({ pin }) => pin)];
  const [codeServerFile, nodeFile, ...prebuiltFiles] = await stage('download and verify', () =>
    Promise.all(pins.map((pin) => downloadPackage(pin, join(building, 'tarballs')))),
  );
  await stage('unpack', () =>
    Promise.all([unpackPackage(codeServerFile, 'lib/vscode', vscode), unpackPackage(nodeFile, '', nodeHome)]),
  );
  await stage('install packages', () => installDependencies(vscode));
  // The built-in TypeScript support lives in packages of its own.
  await stage('install extension packages', () => installDependencies(join(vscode, 'extensions')));
  for (const [index, { inside, into }] of pinned.prebuilt.entries()) {
    const target = join(vscode, 'node_modules', into);
    await stage(into, async () => {
      await removeFolder(target);
      await unpackPackage(prebuiltFiles[index], inside(arch), target);
    });
  }
  await stage('native modules', () => provideNativeModules({ vscode, nodeHome, compile }));
  await stage('trim', () => trim(server, arch));
  await stage('check', () => checkVersion(server, pinned.vscode));
}

function timedStages(log) {
  return async (name, work) => {
    const start = performance.now();
    const result = await work();
    const remark = typeof result === 'string' ? ` (${result})` : '';
    log(`  ${name}${remark}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
    return result;
  };
}

/** Removes the AI parts (never used with chat.disableAIFeatures), other platforms' binaries and build inputs. */
async function trim(server, arch) {
  const modules = join(server, 'vscode/node_modules');
  const unused = ['@github', '@microsoft/mxc-sdk', '@vscode/windows-process-tree', 'node-pty/third_party'].map((name) =>
    join(modules, name),
  );
  unused.push(join(server, 'vscode/extensions/copilot'), join(server, 'node/include'), join(server, 'node/share'));
  for (const folder of ['@vscode/ripgrep-universal/bin', 'node-pty/prebuilds']) {
    const platforms = await readdir(join(modules, folder)).catch(() => []); // not all versions have it
    unused.push(...platforms.filter((name) => name !== `linux-${arch}`).map((name) => join(modules, folder, name)));
  }
  await Promise.all(unused.map(removeFolder));
}

async function checkVersion(server, wanted) {
  const { node, main } = serverPaths(server);
  // Even --version writes below the home folder.
  const output = await runProgram(node, [main, '--version'], { env: { ...process.env, HOME: dirname(server) } });
  const [found] = output.split('\n');
  if (found === wanted) return;
  throw new Error(
    `expected ${main} --version to print ${wanted}, it printed "${found}". ` +
      'If the update was meant, correct vscode-versions.mjs.',
  );
}

/** Puts the finished folder in place, unless a parallel fetch was faster. */
async function publish(finished, serverDir, wanted) {
  if (await isReady(serverDir, wanted)) return;
  await removeFolder(serverDir);
  await rename(finished, serverDir);
}

/** With retries: the npm of a killed fetch may still be writing. */
function removeFolder(path) {
  return rm(path, { recursive: true, force: true, maxRetries: 5 });
}

if (isMain(import.meta)) {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { compile: { type: 'boolean', default: true }, version: { type: 'string', default: 'current' } },
      allowNegative: true,
    });
    const cacheDir = positionals[0] && resolve(positionals[0]);
    console.log(`ready: ${await ensureServer({ cacheDir, compile: values.compile, version: values.version })}`);
  } catch (error) {
    console.error(`fetch-vscode: ${error.message}`);
    process.exitCode = 1;
  }
}
