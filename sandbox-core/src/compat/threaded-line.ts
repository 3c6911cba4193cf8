import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import { SandboxError, sessionEnded } from '../errors';
import type { WrappedCommand } from '../launch/prepare-command';
import type { Policy } from '../policy';
import type { HostedLine, RecordViolation } from './hosted-line';
import type { FromThread, ThreadFailure, ThreadStart, ToThread } from './thread-messages';

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface ThreadedPlace extends Omit<ThreadStart, 'policy' | 'asks'> {
  readonly ask: ((host: string, port: number) => Promise<boolean>) | undefined;
}

/**
 * Sessions in a thread of their own. A wrapped command asks its session before it starts, and is answered also while the thread
 * that wrapped it waits for it and does nothing else (execSync). The thread keeps the process only while something is asked of it.
 */
export async function hostInThread(first: Policy, { ask, ...place }: ThreadedPlace, record: RecordViolation): Promise<HostedLine> {
  const start: ThreadStart = { ...place, policy: first, asks: ask !== undefined };
  const worker = new Worker(join(__dirname, 'session-worker.js'), { workerData: start, execArgv: [] });
  const waiting = new Map<number, Waiting>();
  let last = 0;
  let policy = first;
  const expect = (id: number): Promise<unknown> => {
    worker.ref();
    return new Promise((resolve, reject) => waiting.set(id, { resolve, reject })).finally(() => {
      waiting.delete(id);
      if (waiting.size === 0) worker.unref();
    });
  };
  const call = (message: (id: number) => ToThread): Promise<unknown> => {
    const id = ++last;
    const answer = expect(id);
    worker.postMessage(message(id));
    return answer;
  };
  const lose = (error: Error): void => waiting.forEach(({ reject }) => reject(error));
  worker.on('message', (message: FromThread) => {
    if ('violation' in message) record(message.violation, message.added);
    else if ('question' in message) void ask?.(message.host, message.port).catch(() => false).then((agreed) => worker.postMessage({ question: message.question, agreed } satisfies ToThread));
    else if ('failure' in message) waiting.get(message.id)?.reject(errorOf(message.failure));
    else waiting.get(message.id)?.resolve(message.value);
  });
  worker.on('error', lose);
  worker.on('exit', () => lose(sessionEnded()));
  let stopped: Promise<void> | undefined; // whoever asks a thread that is gone is never answered
  const stop = async (): Promise<void> => {
    await call((id) => ({ id, stop: true })).catch(() => undefined); // it is gone
    await worker.terminate();
  };
  await expect(0).catch(async (error: unknown) => {
    await worker.terminate();
    throw error;
  });
  return {
    get policy() {
      return policy;
    },
    wrap: (command) => call((id) => ({ id, wrap: command })) as Promise<WrappedCommand>, // as session-thread.ts answers
    async replace(next) {
      await call((id) => ({ id, replace: next }));
      policy = next;
    },
    isSpent: () => call((id) => ({ id, isSpent: true })) as Promise<boolean>, // as session-thread.ts answers
    stop: () => (stopped ??= stop()),
  };
}

function errorOf({ code, message }: ThreadFailure): Error {
  return code === undefined ? new Error(message) : new SandboxError(code, message);
}
