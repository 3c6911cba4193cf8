import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

import type * as vscode from 'vscode';
import { createMessageConnection, SocketMessageReader, SocketMessageWriter, type MessageConnection } from 'vscode-jsonrpc/node';

/** Where the session host of a workspace is, and what it is started with. */
export interface SessionHostPlace {
  readonly module: string;
  readonly socketPath: string;
  readonly logFolder: string;
}

/** One host for each workspace and version: a window that is reloaded finds the one it had. */
export function sessionHostPlace(context: vscode.ExtensionContext): SessionHostPlace {
  const { version } = context.extension.packageJSON as { readonly version: string }; // this extension's own
  const key = createHash('sha256').update(JSON.stringify([version, context.storageUri?.fsPath ?? '', context.extensionPath])).digest('hex').slice(0, 16);
  return { module: context.asAbsolutePath('dist/session-host.js'), socketPath: join(privateDirectory(), key), logFolder: context.logUri.fsPath };
}

/** The running host's connection, if there is one: terminals of a window before this one are known again. */
export async function findSessionHost({ socketPath }: SessionHostPlace): Promise<MessageConnection | undefined> {
  const socket = await tryConnect(socketPath);
  return socket && connectionOver(socket);
}

export async function startSessionHost(place: SessionHostPlace): Promise<MessageConnection> {
  const found = await findSessionHost(place);
  if (found) return found;
  rmSync(place.socketPath, { force: true }); // of a host that was killed
  await launch(place);
  const socket = await tryConnect(place.socketPath);
  if (!socket) throw new Error('the session host ended at once');
  return connectionOver(socket);
}

/** A process that outlives this one: it ends by itself. */
function launch({ module, socketPath, logFolder }: SessionHostPlace): Promise<void> {
  mkdirSync(logFolder, { recursive: true });
  const log = openSync(join(logFolder, 'session-host.log'), 'a', 0o600);
  const child = fork(module, [socketPath], { detached: true, stdio: ['ignore', 'ignore', log, 'ipc'], env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' }, execArgv: [] });
  return new Promise((resolve, reject) => {
    child.once('message', () => {
      child.disconnect();
      child.unref();
      resolve();
    });
    child.once('error', reject);
    child.once('exit', () => resolve()); // another window may have been faster
  });
}

function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

function connectionOver(socket: Socket): MessageConnection {
  const connection = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
  connection.onDispose(() => socket.destroy());
  return connection;
}

/** /tmp is everybody's, so the directory must be ours alone. Not below the home directory: policies often let commands write there, and paths of sockets are short. */
function privateDirectory(): string {
  const path = join(tmpdir(), `srt-hosts-${userInfo().uid}`);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(path);
  if (uid !== userInfo().uid || (mode & 0o077) !== 0 || !lstatSync(path).isDirectory()) throw new Error(`${path} is open to other users; remove it`);
  return path;
}
