/**
 * What must be undone however this process ends: normally, by an exception or by a signal (not by SIGKILL).
 * Node does not emit 'exit' for a signal, so the signals are turned into exits.
 */
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Runs a synchronous function at exit, the latest first. Returns the function that forgets it again. */
export function atExit(undo) {
  for (const signal of SIGNALS) {
    if (!process.listeners(signal).includes(exitBySignal)) process.on(signal, exitBySignal);
  }
  process.prependListener('exit', undo);
  return () => process.off('exit', undo);
}

function exitBySignal(signal) {
  process.exit(128 + constants.signals[signal]);
}
