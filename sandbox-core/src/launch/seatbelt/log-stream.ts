import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

import { parseSeatbeltLog, type SeatbeltReport } from '../../monitor/seatbelt-log';

/** The log answers within a second; without it, commands still run, unreported. */
const START_TIMEOUT_MS = 5_000;

export interface SeatbeltLog {
  /** Settles when reports arrive, or when none will. */
  readonly ready: Promise<void>;
  stop(): void;
}

/**
 * Follows the system's log for the denials of one session.
 *
 * @param log path of log(1)
 * @param tag what the session's tags start with: letters, digits and `-`
 */
export function followSeatbeltLog(log: string, tag: string, report: (found: SeatbeltReport) => void): SeatbeltLog {
  const child = spawn(log, ['stream', '--style', 'ndjson', '--predicate', `eventMessage CONTAINS "${tag}-"`], { stdio: ['ignore', 'pipe', 'ignore'], env: {} });
  const ready = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, START_TIMEOUT_MS);
    const settle = (): void => {
      clearTimeout(timer);
      resolve();
    };
    child.once('error', settle).once('exit', settle);
    // The first line says what is filtered for, as soon as it is.
    createInterface({ input: child.stdout }).on('line', (line) => {
      settle();
      const found = parseSeatbeltLog(line, tag);
      if (found) report(found);
    });
  });
  return { ready, stop: () => void child.kill() };
}
