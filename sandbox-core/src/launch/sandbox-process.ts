import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import type { Socket } from 'node:net';

import { SandboxError, startFailed } from '../errors';
import type { AbsolutePath } from '../policy';
import { encodeFrame, FrameReader, type Frame } from './frame';

/** From pid 1: a path and a program's path at the most. */
const MAX_EVENT_BYTES = 64 * 1024;

/** How a command ended: its status, or the signal that ended it (the status is then 128 + its number, as shells have it). */
export interface ExitStatus {
  readonly code: number;
  readonly signal?: NodeJS.Signals;
}

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
  /** After the terminal's job control stopped it and brought it back. */
  resume(): void;
  /** Ends the command and everything it started, at once. */
  kill(): void;
}

export interface ProcessEvents {
  /** The command was stopped by job control; it holds the terminal no longer than its caller lets it. */
  readonly stopped?: (signal: number) => void;
  /** What the supervisor in pid 1 has to say: native/src/supervisor.h. */
  readonly supervisor: (frame: Frame, reply: (answer: Buffer) => void) => void;
}

export type StandardStreams = readonly ['inherit' | 'pipe' | 'ignore' | number, 'inherit' | 'pipe' | 'ignore' | number, 'inherit' | 'pipe' | 'ignore' | number];

/**
 * Starts one command through `srt-helper run`.
 *
 * @param launch the launch frame: native/src/run.h
 */
export function startProcess(helper: AbsolutePath, launch: Buffer, streams: StandardStreams, events: ProcessEvents): SandboxProcess {
  const child = spawn(helper, ['run', '--channel', '3'], { stdio: [...streams, 'pipe'], env: {} });
  const channel = child.stdio[3] as Socket; // Node makes a socket pair for a fourth pipe
  const state = followProcess(child, channel, events);
  channel.write(launch);
  return {
    pid: child.pid ?? 0,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    exited: state.exited,
    signal: (signal) => state.send(encodeFrame('signal', constants.signals[signal])),
    resume: () => state.send(encodeFrame('continue')),
    kill: () => void child.kill('SIGKILL'),
  };
}

interface ProcessState {
  readonly exited: Promise<ExitStatus>;
  send(frame: Buffer): void;
}

function followProcess(child: ChildProcess, channel: Socket, events: ProcessEvents): ProcessState {
  const reader = new FrameReader(MAX_EVENT_BYTES);
  let started = false;
  let outcome: ExitStatus | SandboxError | undefined;
  const send = (frame: Buffer): void => {
    if (channel.writable) channel.write(frame);
  };
  channel.on('error', () => undefined); // the process is gone; its exit says how
  channel.on('data', (chunk) => {
    for (const frame of reader.push(chunk)) {
      started ||= frame.type === 'started';
      outcome = handleFrame(frame, events, send) ?? outcome;
    }
  });
  const drained = new Promise<void>((resolve) => channel.once('close', () => resolve()));
  const exited = new Promise<ExitStatus>((resolve, reject) => {
    child.once('error', (error) => reject(startFailed(error.message, error)));
    child.once('exit', (code, signal) => {
      void drained.then(() => {
        if (outcome instanceof SandboxError) reject(outcome);
        else if (!started && signal === null) reject(startFailed(`bubblewrap ended with status ${code ?? 1} before the command ran; it has said why on the command's stderr`));
        else resolve(outcome ?? statusOf(code, signal));
      });
    });
  });
  exited.catch(() => undefined); // whoever awaits it gets the error
  return { exited, send };
}

/** The outcome, if this frame tells it. */
function handleFrame(frame: Frame, events: ProcessEvents, send: (answer: Buffer) => void): ExitStatus | SandboxError | undefined {
  switch (frame.type) {
    case 'started':
      return undefined;
    case 'stopped':
      events.stopped?.(frame.number(1));
      return undefined;
    case 'exit':
      return exitStatus(frame.number(1), frame.number(2));
    case 'error':
      return startFailed(frame.text(2));
    default:
      events.supervisor(frame, send);
      return undefined;
  }
}

function exitStatus(code: number, signalNumber: number): ExitStatus {
  const signal = Object.entries(constants.signals).find(([, number]) => number === signalNumber)?.[0];
  return signalNumber === 0 || signal === undefined ? { code } : { code, signal: signal as NodeJS.Signals }; // a key of that table
}

/** Without word from pid 1: it was killed, and everything in the sandbox with it. */
function statusOf(code: number | null, signal: NodeJS.Signals | null): ExitStatus {
  return signal === null ? { code: code ?? 1 } : { code: 128 + constants.signals[signal], signal };
}

