import { constants } from 'node:os';
import type { Socket } from 'node:net';

import { protocolBroken, SandboxError, startFailed } from '../errors';
import { printable } from '../policy';
import { encodeFrame, FrameReader, type Frame } from './frame';

/** From pid 1: at the most the paths of one renamed directory, native/src/guards.h. */
const MAX_EVENT_BYTES = 512 * 1024;
/** As much as the helper says: native/src/failure.c. */
const MAX_ERROR_CHARACTERS = 512;

/** How a command ended: its status, or the signal that ended it (the status is then 128 + its number, as shells have it). */
export interface ExitStatus {
  readonly code: number;
  readonly signal?: NodeJS.Signals;
}

export interface CommandEvents {
  /** The command is stopped, by job control; it holds the terminal no longer than its caller lets it. */
  readonly stopped?: (signal: number) => void;
  /** What the supervisor in pid 1 has to say: native/src/supervisor.h. */
  readonly supervisor: (frame: Frame, reply: (answer: Buffer) => void) => void;
}

/**
 * The conversation with a sandbox's pid 1, native/src/init.h.
 *
 * @property ended settles when the channel closes: the exit status, why the command could not run, or undefined if pid 1
 *   was killed before it could tell
 */
export interface CommandChannel {
  readonly ended: Promise<ExitStatus | SandboxError | undefined>;
  /** Whether the command was reached at all. */
  readonly hasStarted: () => boolean;
  signal(signal: NodeJS.Signals): void;
  resume(inForeground: boolean): void;
  kill(): void;
}

export function followCommand(channel: Socket, events: CommandEvents): CommandChannel {
  const reader = new FrameReader(MAX_EVENT_BYTES);
  let started = false;
  let outcome: ExitStatus | SandboxError | undefined;
  let isKilled = false;
  const send = (frame: Buffer): void => {
    if (channel.writable) channel.write(frame);
  };
  /** What is not a frame ends the command: pid 1 ends with its channel. */
  const receive = (chunk: Buffer): readonly Frame[] => {
    try {
      return reader.push(chunk);
    } catch (error) {
      outcome = protocolBroken(error);
      channel.destroy();
      return [];
    }
  };
  channel.on('error', () => undefined); // the other end is gone; its exit says how
  channel.on('data', (chunk) => {
    for (const frame of receive(chunk)) {
      started ||= frame.type === 'started';
      // pid 1 exits after it has said what failed; the failure is the outcome then.
      if (!(outcome instanceof SandboxError)) outcome = handleFrame(frame, events, send) ?? outcome;
    }
  });
  return {
    ended: new Promise((resolve) => channel.once('close', () => resolve(outcome))),
    hasStarted: () => started,
    signal: (signal) => send(encodeFrame('signal', constants.signals[signal])),
    resume: (inForeground) => send(encodeFrame('continue', inForeground ? 1 : 0)),
    kill() {
      // Once: what is written to an end that has gone closes this one, with what it had to say.
      if (!isKilled) send(encodeFrame('kill'));
      isKilled = true;
    },
  };
}

/** The outcome, if this frame tells it. */
function handleFrame(frame: Frame, events: CommandEvents, send: (answer: Buffer) => void): ExitStatus | SandboxError | undefined {
  switch (frame.type) {
    case 'started':
      return undefined;
    case 'stopped':
      // This process may have been stopped with it, and read this when both run again.
      if (frame.number(2) === 0) send(encodeFrame('is-stopped'));
      else events.stopped?.(frame.number(1));
      return undefined;
    case 'exit':
      return exitStatus(frame.number(1), frame.number(2));
    case 'error':
      return startFailed(printable(frame.text(2), MAX_ERROR_CHARACTERS));
    default:
      events.supervisor(frame, send);
      return undefined;
  }
}

/** @param signalNumber 0: it ended by itself */
export function exitStatus(code: number, signalNumber: number): ExitStatus {
  const signal = Object.entries(constants.signals).find(([, number]) => number === signalNumber)?.[0];
  return signalNumber === 0 || signal === undefined ? { code } : { code, signal: signal as NodeJS.Signals }; // a key of that table
}
