import { currentHost, learn, writeLearned, type Learned } from 'sandbox-core';
import { absolutePath } from 'sandbox-core/policy';
import type { CancellationToken } from 'vscode-jsonrpc/node';

import type { RecordPolicyParams } from './protocol';

/** Commands that are run once to learn which policy they need. */
export interface Recordings {
  /** Cancelling ends the command; what was seen until then is proposed. */
  record(params: RecordPolicyParams, token: CancellationToken): Promise<Learned>;
  write(learned: Learned): Promise<void>;
  /** Ends what still runs. */
  close(): void;
}

/** @param tell of what a command prints */
export function createRecordings(tell: (text: string) => void): Recordings {
  const closed = new AbortController();
  return {
    record({ command, directory, file }, token) {
      const ended = new AbortController();
      token.onCancellationRequested(() => ended.abort());
      return learn({
        file: absolutePath(file),
        trusted: false,
        host: currentHost(),
        command: { argv: ['bash', '-c', command], directory: absolutePath(directory), terminal: 'none' },
        streams: ['ignore', 'pipe', 'pipe'],
        portable: false,
        layer: true,
        localServices: false,
        started: (running) => {
          for (const stream of [running.stdout, running.stderr]) stream?.setEncoding('utf8').on('data', tell);
          for (const { signal } of [ended, closed]) {
            signal.addEventListener('abort', () => running.kill(), { once: true });
            if (signal.aborted) running.kill(); // while the sandbox was made
          }
        },
        notice: (text) => tell(`${text}\n`),
      });
    },
    write: (learned) => Promise.resolve().then(() => writeLearned(learned)),
    close: () => closed.abort(),
  };
}
