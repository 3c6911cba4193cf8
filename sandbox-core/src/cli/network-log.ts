import { closeSync, writeSync } from 'node:fs';

import type { NetworkActivity } from '../network/activity';

/** A program that connects in a loop must not fill the disk. */
const MAX_BYTES = 64 * 1024 * 1024;

export interface NetworkLog {
  close(): void;
}

/**
 * One JSON object a line, as things happen; past its limit the log says so once and ends.
 *
 * @param file its descriptor, closed in the end
 */
export function writeNetworkLog(file: number, activity: NetworkActivity): NetworkLog {
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
