import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { locateHelper } from '../host/locate';
import type { SandboxProcess } from '../launch/sandbox-process';

/** A terminal sends these to the command itself, which shares it or owns it; without one they have to be passed on. */
const TERMINAL_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
const FORWARDED_SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];
/** Whoever sends one of these wants an end of it, and nobody may be left who would bring a stopped job back. */
const ENDING_SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP'];

/** Signals that this process got, from its first moment on: it has to live long enough to give the terminal back. */
export interface ReceivedSignals {
  /** The first one that came before there was a command to deliver it to. */
  readonly first: NodeJS.Signals | undefined;
  deliverTo(command: SandboxProcess): void;
  /** Job control stopped the command, which had the terminal to itself: stops with it, as one job, for the shell to see. */
  stopWithCommand(): void;
  /** The command has ended. */
  reclaimTerminal(): void;
  release(): void;
}

/**
 * @param terminal `inherit`: on Linux, the command may have been given the terminal
 * @param hasHandedOver a command that runs already was given it
 * @param ignored by this process and by the command, as its caller wants it
 */
export function receiveSignals(terminal: 'inherit' | 'none', hasHandedOver = false, ignored: readonly NodeJS.Signals[] = []): ReceivedSignals {
  let first: NodeJS.Signals | undefined;
  let command: SandboxProcess | undefined;
  let isEnding = false;
  // Only who was in the foreground may have handed the terminal over, and takes it back.
  let isForeground = terminal === 'inherit' && (hasHandedOver || isForegroundJob());
  const receive = (signal: NodeJS.Signals): void => {
    if (ignored.includes(signal)) return;
    isEnding ||= ENDING_SIGNALS.includes(signal);
    // Those of the terminal reach the command too: it shares the terminal, or owns it.
    if (command && !(terminal === 'inherit' && TERMINAL_SIGNALS.includes(signal))) command.signal(signal);
    first ??= signal;
  };
  const resume = (): void => {
    isForeground = terminal === 'inherit' && isForegroundJob();
    command?.resume(isForeground);
  };
  const reclaim = (from: 'ended' | 'stopped'): void => {
    if (isForeground) spawnSync(locateHelper(), ['terminal', 'reclaim', from], { stdio: 'inherit', env: {} });
  };
  const signals = [...TERMINAL_SIGNALS, ...FORWARDED_SIGNALS];
  for (const signal of signals) process.on(signal, receive);
  process.on('SIGCONT', resume);
  return {
    get first() {
      return first;
    },
    deliverTo(running) {
      command = running;
      if (first !== undefined) running.signal(first); // it came while the command was prepared; nothing else could get it
    },
    stopWithCommand() {
      if (isEnding) return command?.resume(isForeground);
      reclaim('stopped');
      process.kill(0, 'SIGSTOP');
    },
    reclaimTerminal: () => reclaim('ended'),
    release() {
      for (const signal of signals) process.off(signal, receive);
      process.off('SIGCONT', resume);
    },
  };
}

/** Whether this process group has its terminal now: proc_pid_stat(5), `pgrp` and `tpgid`. False where there is no /proc. */
function isForegroundJob(): boolean {
  try {
    const text = readFileSync('/proc/self/stat', 'latin1');
    const [, , group, , , foreground] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return group === foreground;
  } catch {
    return false;
  }
}
