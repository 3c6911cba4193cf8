import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import type { Socket } from 'node:net';

import { SandboxError, startFailed } from '../errors';
import type { AbsolutePath } from '../policy';
import { followCommand, type CommandChannel, type CommandEvents, type ExitStatus } from './command-channel';

/** A running command. It has ended when `exited` settles, and so has everything it started. */
export interface SandboxProcess {
  readonly pid: number;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Rejects with a SandboxError if the command could not be started. */
  readonly exited: Promise<ExitStatus>;
  /** Signals the command (in a terminal, its process group). */
  signal(signal: NodeJS.Signals): void;
  /** After the terminal's job control stopped it and brought it back; in the background it does not get the terminal. */
  resume(inForeground: boolean): void;
  /** Ends the command and everything it started, at once. */
  kill(): void;
}

/** pid 1 answers at once, unless the machine is under great load. */
const KILL_TIMEOUT_MS = 5_000;

type StandardStream = 'inherit' | 'pipe' | 'ignore' | number;
export type StandardStreams = readonly [stdin: StandardStream, stdout: StandardStream, stderr: StandardStream];

/**
 * Starts one command through `srt-helper run`.
 *
 * @param launch the launch frame: native/src/run.h
 * @param ignored signals that the command begins with ignoring
 */
export function startProcess(helper: AbsolutePath, launch: Buffer, streams: StandardStreams, events: CommandEvents, ignored: readonly NodeJS.Signals[] = []): SandboxProcess {
  const child = spawn(helper, ['run', '--channel', '3', ...(ignored.length > 0 ? ['--ignored', setOf(ignored)] : [])], { stdio: [...streams, 'pipe'], env: {} });
  const socket = child.stdio[3] as Socket; // Node makes a socket pair for a fourth pipe
  const channel = followCommand(socket, events);
  socket.write(launch);
  return controlOf(child, channel, 'bubblewrap');
}

/** native/src/signals.h */
function setOf(signals: readonly NodeJS.Signals[]): string {
  return signals.reduce((set, signal) => set | (1n << BigInt(constants.signals[signal] - 1)), 0n).toString();
}

/** @param starter what makes the sandbox, and says on the command's stderr why it could not */
export function controlOf(child: ChildProcess, channel: CommandChannel, starter: string): SandboxProcess {
  let isKilled = false; // whoever reads output may kill at every chunk of it
  return {
    pid: child.pid ?? 0,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    exited: exitOf(child, channel, starter),
    signal: channel.signal,
    resume: channel.resume,
    kill() {
      if (!isKilled && child.exitCode === null && child.signalCode === null) killCommand(child, channel);
      isKilled = true;
    },
  };
}

/** pid 1 ends, and with it all others; bubblewrap is only killed if that does not work, as it may be setting up. */
function killCommand(child: ChildProcess, channel: CommandChannel): void {
  channel.kill();
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_TIMEOUT_MS);
  child.once('exit', () => clearTimeout(timer));
}

function exitOf(child: ChildProcess, channel: CommandChannel, starter: string): Promise<ExitStatus> {
  const exited = new Promise<ExitStatus>((resolve, reject) => {
    child.once('error', (error) => reject(startFailed(error.message, error)));
    child.once('exit', (code, signal) => {
      void channel.ended.then((outcome) => {
        if (outcome instanceof SandboxError) reject(outcome);
        else if (!channel.hasStarted() && signal === null) reject(startFailed(`${starter} ended with status ${code ?? 1} before the command ran; it has said why on the command's stderr, and srt doctor says what to do`));
        else resolve(outcome ?? statusOf(code, signal));
      });
    });
  });
  exited.catch(() => undefined); // whoever awaits it gets the error
  return exited;
}

/** Without word from pid 1: it was killed, and everything in the sandbox with it. */
function statusOf(code: number | null, signal: NodeJS.Signals | null): ExitStatus {
  return signal === null ? { code: code ?? 1 } : { code: 128 + constants.signals[signal], signal };
}
