import { closeSync, openSync, writeSync } from 'node:fs';

import { SandboxError } from '../errors';
import type { NetworkActivity } from '../network/activity';

/** A program that connects in a loop must not fill the disk. */
const MAX_BYTES = 64 * 1024 * 1024;

export interface NetworkLog {
  close(): void;
}

/** One JSON object a line, as things happen; past its limit the log says so once and ends. */
export function writeNetworkLog(path: string, activity: NetworkActivity): NetworkLog {
  const file = openLog(path);
  let written = 0;
  const stop = activity.onRecord((record) => {
    const line = JSON.stringify(record) + '\n';
    if (written + line.length > MAX_BYTES) {
      writeSync(file, JSON.stringify({ version: 1, time: record.time, event: 'log-full', limit: MAX_BYTES }) + '\n');
      return stop();
    }
    written += writeSync(file, line);
  });
  return {
    close() {
      stop();
      closeSync(file);
    },
  };
}

function openLog(path: string): number {
  try {
    return openSync(path, 'w', 0o600);
  } catch (error) {
    throw new SandboxError('usage', `cannot write the network log to ${path}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`, { cause: error });
  }
}
