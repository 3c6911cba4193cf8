import { spawnSync } from 'node:child_process';

import { locateHelper } from '../host/locate';
import type { SandboxProcess } from '../launch/sandbox-process';

/** A terminal sends these to the command itself, which shares it or owns it; without one they have to be passed on. */
const TERMINAL_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
const FORWARDED_SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];

/** Signals that this process got, from its first moment on: it has to live long enough to give the terminal back. */
export interface ReceivedSignals {
  /** The first one that came before there was a command to deliver it to. */
  readonly first: NodeJS.Signals | undefined;
  deliverTo(command: SandboxProcess): void;
  release(): void;
}

export function receiveSignals(terminal: 'inherit' | 'none'): ReceivedSignals {
  let first: NodeJS.Signals | undefined;
  let command: SandboxProcess | undefined;
  const receive = (signal: NodeJS.Signals): void => {
    // Those of the terminal reach the command too: it shares the terminal, or owns it.
    if (command && !(terminal === 'inherit' && TERMINAL_SIGNALS.includes(signal))) command.signal(signal);
    first ??= signal;
  };
  const resume = (): void => command?.resume();
  const signals = [...TERMINAL_SIGNALS, ...FORWARDED_SIGNALS];
  for (const signal of signals) process.on(signal, receive);
  process.on('SIGCONT', resume);
  return {
    get first() {
      return first;
    },
    deliverTo: (running) => (command = running),
    release() {
      for (const signal of signals) process.off(signal, receive);
      process.off('SIGCONT', resume);
    },
  };
}

/** Job control stopped the command, which had the terminal to itself: stop with it, as one job, for the shell to see. */
export function stopWithCommand(): void {
  reclaimTerminal();
  process.kill(0, 'SIGSTOP');
}

export function reclaimTerminal(): void {
  spawnSync(locateHelper(), ['terminal', 'reclaim'], { stdio: 'inherit', env: {} });
}
