import { parentPort, workerData, type MessagePort } from 'node:worker_threads';

import { SandboxError } from '../errors';
import { currentHost } from '../host/host';
import { hostHere, type HostedLine, type LinePlace } from './hosted-line';
import type { FromThread, ThreadStart, ToThread } from './thread-messages';

/** The thread that sessions live in: threaded-line.ts. */
export function serveSessions(): void {
  if (!parentPort) throw new TypeError('Expected to be a thread');
  const port = parentPort;
  const send = (message: FromThread): void => port.postMessage(message);
  const start = workerData as ThreadStart; // as threaded-line.ts gives it
  const { policy, directory, environment } = start;
  const opened = hostHere(policy, { host: { ...currentHost(), environment }, directory, ...(start.asks && { ask: askThrough(port, send) }) }, (violation, added) => send({ violation, added }));
  const answer = (id: number, work: Promise<unknown>): void => void work.then((value) => send({ id, value }), (error: unknown) => send({ id, failure: failureOf(error) }));
  answer(0, opened.then(() => undefined));
  port.on('message', (message: ToThread) => {
    if ('id' in message) answer(message.id, opened.then((line) => obey(line, message)));
  });
}

async function obey(line: HostedLine, message: Extract<ToThread, { id: number }>): Promise<unknown> {
  if ('wrap' in message) return line.wrap(message.wrap);
  if ('isSpent' in message) return line.isSpent();
  return 'replace' in message ? line.replace(message.replace) : line.stop();
}

function askThrough(port: MessagePort, send: (message: FromThread) => void): NonNullable<LinePlace['ask']> {
  const open = new Map<number, (agreed: boolean) => void>();
  let last = 0;
  port.on('message', (message: ToThread) => {
    if (!('question' in message)) return;
    open.get(message.question)?.(message.agreed);
    open.delete(message.question);
  });
  return ({ host, port: number }) => {
    const question = ++last;
    send({ question, host, port: number });
    return new Promise((resolve) => open.set(question, (agreed) => resolve(agreed ? 'once' : 'deny')));
  };
}

function failureOf(error: unknown): { readonly code: SandboxError['code'] | undefined; readonly message: string } {
  return { code: error instanceof SandboxError ? error.code : undefined, message: error instanceof Error ? error.message : String(error) };
}
