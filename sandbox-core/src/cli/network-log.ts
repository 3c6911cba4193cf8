import { closeSync, writeSync } from 'node:fs';

import type { NetworkActivity } from '../network/activity';

/** A program that connects in a loop must not fill the disk. */
const MAX_BYTES = 64 * 1024 * 1024;

export interface NetworkLog {
  close(): void;
}

/**
 * One JSON object a line, as things happen; past its limit the log says so once and ends. It ends as well where it cannot be written any
 * more: what runs goes on.
 *
 * @param file its descriptor, closed in the end
 */
export function writeNetworkLog(file: number, activity: NetworkActivity, onFailure: (error: Error) => void): NetworkLog {
  let written = 0;
  const append = (line: string): void => {
    try {
      writeAll(file, line);
    } catch (error) {
      stop();
      onFailure(error as Error); // of the system
    }
  };
  const stop = activity.onRecord((record) => {
    const line = JSON.stringify(record) + '\n';
    if (written + line.length > MAX_BYTES) {
      append(JSON.stringify({ version: 1, time: record.time, event: 'log-full', limit: MAX_BYTES }) + '\n');
      return stop();
    }
    written += line.length;
    append(line);
  });
  return {
    close() {
      stop();
      closeSync(file);
    },
  };
}

function writeAll(file: number, text: string): void {
  for (let rest = Buffer.from(text); rest.length > 0; ) rest = rest.subarray(writeSync(file, rest));
}
