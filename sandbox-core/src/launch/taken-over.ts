import processes from 'node:child_process';
import { constants } from 'node:os';
import { Socket } from 'node:net';

import { podEnded, protocolBroken, SandboxError } from '../errors';
import type { AbsolutePath } from '../policy';
import { followCommand, type CommandChannel, type CommandEvents, type ExitStatus } from './command-channel';
import { collectText, podOver, type Pod, type PodChannel, type PodReady, type StandingListener } from './pod';
import type { SandboxProcess } from './sandbox-process';

/**
 * A session that runs already, with a command: native/front/session.h began it, and this process was started to go on with it. Numbers are
 * descriptors, but `command`, the pid of what started the command.
 *
 * @property ended how that ended, if it has
 */
export interface TakenOver {
  readonly sessions: AbsolutePath;
  readonly session: AbsolutePath;
  readonly control: number;
  readonly errors: number;
  readonly messages: number;
  readonly channel: number;
  readonly ready: PodReady;
  readonly command: number;
  /** The command was given the terminal. */
  readonly isForeground: boolean;
  readonly ended?: ExitStatus;
  /** The policy has been resolved, against the disk as it was when the command began: from now on it is looked at as it is. */
  readonly resolved: () => void;
}

/** Its pod. What it has said meanwhile is heard when the session has begun to listen to it, and not before. */
export function takeOverPod({ control, errors, messages, ready }: TakenOver, standing: readonly StandingListener[]): Pod {
  const stderr = new Socket({ fd: errors });
  const text = collectText(stderr);
  const ended = new Promise<Error | undefined>((resolve) => stderr.once('close', () => resolve(podEnded(text() || 'the network pod ended'))));
  const pod = podOver(ready, { channel: ownChannel, control: new Socket({ fd: control }), standing, ended, kill: () => process.kill(ready.pid, 'SIGKILL') });
  return {
    ...pod,
    onUsed(serve) {
      pod.onUsed(serve);
      openOwnChannel(messages);
    },
  };
}

const ownChannel: PodChannel = {
  on: (event, listener) => process.on(event, listener),
  get connected() {
    return process.connected;
  },
  send: (message, handle, options, sent) => process.send?.(message, handle, options, sent),
};

/**
 * As Node does before any script runs, for a process that it was told so by NODE_CHANNEL_FD: that would be too early, as nobody would be
 * there yet for the connections of a listener that comes with a message.
 */
function openOwnChannel(descriptor: number): void {
  const { _forkChild: fork } = processes as unknown as { readonly _forkChild?: (descriptor: number, serialization: string) => void };
  if (!fork) throw protocolBroken(new Error('this Node has no IPC channel to be opened'));
  fork(descriptor, 'json');
}

/** Its command. */
export function takeOverCommand({ channel: descriptor, command, ended }: TakenOver, events: CommandEvents): SandboxProcess {
  const channel = followCommand(new Socket({ fd: descriptor }), events);
  return { pid: command, stdin: null, stdout: null, stderr: null, exited: exitOf(channel, ended), signal: channel.signal, resume: channel.resume, kill: channel.kill };
}

/** Whoever started it is not this process's to wait for: without a word from pid 1, it was killed. */
async function exitOf(channel: CommandChannel, ended: ExitStatus = { code: 128 + constants.signals.SIGKILL, signal: 'SIGKILL' }): Promise<ExitStatus> {
  const outcome = await channel.ended;
  if (outcome instanceof SandboxError) throw outcome;
  return outcome ?? ended;
}
