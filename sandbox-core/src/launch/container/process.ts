import { spawn } from 'node:child_process';
import { createServer, type Server, type Socket } from 'node:net';

import { CHANNEL_PATH, mountArguments } from '../../plan/container/mounts';
import type { PlannedContainer } from '../../plan/plan';
import { joinPath, type AbsolutePath, type ResolvedPolicy } from '../../policy';
import { followCommand, type CommandChannel, type CommandEvents } from '../command-channel';
import { encodeFrame } from '../frame';
import { controlOf, type SandboxProcess, type StandardStreams } from '../sandbox-process';

/** What a container is started with. */
export interface ContainerLaunch {
  readonly container: PlannedContainer;
  /** native/src/init.h */
  readonly settings: Buffer;
  readonly policy: ResolvedPolicy;
  readonly environment: Readonly<Record<string, string>>;
  /** Of the session: where pid 1 finds the channel. */
  readonly sessionDirectory: AbsolutePath;
}

/** @property abandon instead of starting it */
export interface PreparedContainer {
  readonly start: (streams: StandardStreams, events: CommandEvents) => SandboxProcess;
  readonly abandon: () => void;
}

/**
 * What starts one command in a container of its own. pid 1 in it ends with its channel, so the container ends if this process
 * is killed; the engine's monitor, which nobody waits for, removes it then.
 */
export async function prepareContainerProcess({ container, settings, environment, sessionDirectory }: ContainerLaunch): Promise<PreparedContainer> {
  const path = joinPath(sessionDirectory, `channel-${process.hrtime.bigint()}`);
  const server = await listen(path);
  const mount = mountArguments({ kind: 'bind', path: CHANNEL_PATH, source: path, writable: false });
  const { program, terminal } = container;
  const words = [...container.arguments, ...mount, container.image, 'contained', CHANNEL_PATH, terminal ? 'terminal' : 'background'];
  const start: PreparedContainer['start'] = (streams, events) => {
    // Without a terminal to connect, the engine has none either: it would take signals from it that are the command's.
    const child = spawn(program, words, { stdio: [...streams], env: { ...environment }, cwd: '/', detached: !terminal });
    const channel = followLater(firstConnection(server), encodeFrame('settings', settings), events);
    child.once('error', () => server.close());
    child.once('exit', (_code, signal) => {
      server.close();
      if (signal !== null) channel.kill(); // only the engine's client has ended
    });
    return controlOf(child, channel, 'the container engine');
  };
  return { start, abandon: () => server.close() };
}

function listen(path: AbsolutePath): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve(server));
  });
}

/** pid 1's, before there is anything else in the container. Undefined if the engine has ended without. */
function firstConnection(server: Server): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    server.once('connection', (socket) => {
      resolve(socket);
      server.close(); // nobody else gets one
    });
    server.once('close', () => resolve(undefined));
  });
}

/** The conversation with a pid 1 that has yet to connect. */
function followLater(connecting: Promise<Socket | undefined>, greeting: Buffer, events: CommandEvents): CommandChannel {
  let channel: CommandChannel | undefined;
  const connected = connecting.then((socket) => {
    if (!socket) return undefined;
    channel = followCommand(socket, events);
    socket.write(greeting);
    return channel;
  });
  const tell = (words: (there: CommandChannel) => void): void => void connected.then((there) => there && words(there));
  return {
    ended: connected.then((there) => there?.ended),
    hasStarted: () => channel?.hasStarted() ?? false,
    signal: (signal) => tell((there) => there.signal(signal)),
    resume: (inForeground) => tell((there) => there.resume(inForeground)),
    kill: () => tell((there) => there.kill()),
  };
}
