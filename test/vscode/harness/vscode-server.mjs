/**
 * One running VS Code server.
 *
 *  - It listens on 127.0.0.1 only, on a free port, and only for those who have its token: whoever can talk to it
 *    can run programs as this user.
 *  - Its home, sockets, settings and extensions are its own; two servers at once share nothing.
 *  - stop(), or the end of this process, ends all it has started and removes its folders.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { atExit } from './cleanup.mjs';
import { serverPaths } from './fetch-vscode.mjs';
import { listDescendants, signalTree } from './process-group.mjs';
import { runProgram, tail } from './run-program.mjs';
import { createServerData, readExtensionHostLogs, serverEnvironment } from './server-data.mjs';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;
const LOG_LIMIT_CHARACTERS = 500_000;
const LISTENING = /Extension host agent listening on (\d+)/;

/**
 * Options: serverDir (of `ensureServer`), userSettings, env, extensionsDir (else an empty one), installVsix (path
 * or paths), workspaceTrust (false: every workspace is trusted; true: workspaces open untrusted), testDriver
 * (false: as a user sees it, but then no development extension can be loaded).
 * Resolves with { pid, origin, port, token, dataDir, log, extensionHostLog, exited, stop }.
 */
export async function startServer({
  serverDir,
  userSettings,
  env,
  extensionsDir,
  installVsix = [],
  workspaceTrust = false,
  testDriver = true,
}) {
  if (!existsSync(serverPaths(serverDir).main))
    throw new Error(`expected a VS Code server in ${serverDir}; found none. Run fetch-vscode.mjs.`);
  const data = createServerData({ userSettings, extensionsDir, workspaceTrust });
  const removeData = () => rmSync(data.root, { recursive: true, force: true, maxRetries: 3 });
  const forget = atExit(removeData);
  try {
    const environment = serverEnvironment(data, env);
    for (const vsix of [installVsix].flat()) await installExtension({ serverDir, data, environment, vsix });
    const argv = serverArguments({ serverDir, data, workspaceTrust, testDriver });
    const running = await launch({ node: serverPaths(serverDir).node, argv, environment });
    const stop = async () => {
      await running.stop();
      removeData();
      forget();
    };
    return describeRunning({ data, running, stop });
  } catch (error) {
    removeData();
    forget();
    throw error;
  }
}

function describeRunning({ data, running, stop }) {
  return {
    pid: running.pid,
    port: running.port,
    origin: `http://127.0.0.1:${running.port}`,
    token: data.token,
    dataDir: data.root,
    log: running.log,
    extensionHostLog: () => readExtensionHostLogs(data),
    exited: running.exited,
    stop,
  };
}

async function installExtension({ serverDir, data, environment, vsix }) {
  const { node, main } = serverPaths(serverDir);
  const argv = [main, ...dataArguments(data), '--accept-server-license-terms', '--install-extension', vsix];
  await runProgram(node, argv, { env: environment, cwd: data.home });
}

function serverArguments({ serverDir, data, workspaceTrust, testDriver }) {
  return [
    serverPaths(serverDir).main,
    ...['--host', '127.0.0.1', '--port', '0', '--connection-token-file', data.tokenFile],
    ...['--accept-server-license-terms', '--telemetry-level', 'off'],
    ...dataArguments(data),
    // Without the driver a built VS Code silently ignores extensionDevelopmentPath and extensionTestsPath.
    ...(testDriver ? ['--enable-smoke-test-driver'] : []),
    ...(workspaceTrust ? [] : ['--disable-workspace-trust']),
  ];
}

function dataArguments(data) {
  return ['--server-data-dir', data.root, '--user-data-dir', data.userDataDir, '--extensions-dir', data.extensionsDir];
}

/** Starts the server as the leader of its own process group and waits until it listens. */
async function launch({ node, argv, environment }) {
  const child = spawn(node, argv, {
    env: environment,
    cwd: environment.HOME,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  const log = collectLog(child);
  await once(child, 'spawn');
  const forget = atExit(() => signalTree(child.pid, 'SIGKILL'));
  const stop = async () => {
    await endTree(child.pid, exited);
    forget();
  };
  try {
    return { pid: child.pid, port: await listeningPort({ child, log }), log, exited, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Asks politely, then kills what is left: a program in a terminal may ignore both the signal and the hang-up. */
async function endTree(pid, exited) {
  const descendants = listDescendants(pid);
  const patience = new AbortController();
  signalTree(pid, 'SIGTERM', descendants);
  await Promise.race([exited, delay(STOP_TIMEOUT_MS, undefined, { signal: patience.signal })]);
  patience.abort();
  signalTree(pid, 'SIGKILL', descendants);
  await exited;
}

function collectLog(child) {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      text = (text + chunk).slice(-LOG_LIMIT_CHARACTERS);
    });
  }
  return () => text;
}

function listeningPort({ child, log }) {
  return new Promise((resolve, reject) => {
    const fail = (what) => reject(new Error(`the VS Code server ${what}. Its last lines:\n${tail(log())}`));
    const timer = setTimeout(() => fail(`did not listen within ${START_TIMEOUT_MS / 1000} s`), START_TIMEOUT_MS);
    const look = () => {
      const [, port] = LISTENING.exec(log()) ?? [];
      if (port === undefined) return;
      clearTimeout(timer);
      child.stdout.off('data', look);
      resolve(Number(port));
    };
    child.stdout.on('data', look);
    // Not 'exit': its last words may arrive after that.
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      fail(`ended with ${code ?? signal} before it listened`);
    });
  });
}
