import type { Duplex } from 'node:stream';

import type { HelloVerdict } from './tls-hello';

/** Joins two connections until both directions have ended; an error on one side resets the other. */
export async function relay(inside: Duplex, outside: Duplex, judgeHello: (bytes: Buffer) => Promise<HelloVerdict>): Promise<void> {
  const abort = (): void => {
    inside.destroy();
    outside.destroy();
  };
  inside.on('error', abort);
  outside.on('error', abort);
  inside.on('close', () => !outside.writableEnded && outside.destroy());
  outside.on('close', () => !inside.writableEnded && inside.destroy());
  outside.pipe(inside); // a server may speak first: that tells nothing to the outside
  if ((await judgeStart(inside, judgeHello)) === 'refuse') abort();
  else inside.pipe(outside);
}

/** Reads until the first bytes can be judged, and puts them back. */
async function judgeStart(inside: Duplex, judgeHello: (bytes: Buffer) => Promise<HelloVerdict>): Promise<'pass' | 'refuse'> {
  let start: Buffer = Buffer.alloc(0);
  for (let verdict: HelloVerdict = 1; ; ) {
    while (start.length < verdict) {
      const chunk = await nextChunk(inside);
      if (chunk === undefined) return putBack(inside, start, verdict === 1 ? 'pass' : 'refuse');
      start = Buffer.concat([start, chunk]);
    }
    verdict = await judgeHello(start);
    if (typeof verdict !== 'number') return putBack(inside, start, verdict);
  }
}

function putBack(inside: Duplex, bytes: Buffer, verdict: 'pass' | 'refuse'): 'pass' | 'refuse' {
  if (bytes.length > 0 && !inside.readableEnded) inside.unshift(bytes);
  return verdict;
}

/** Undefined: the client has nothing more to say. */
function nextChunk(stream: Duplex): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const settle = (chunk: Buffer | undefined): void => {
      stream.off('readable', onReadable).off('end', onEnd).off('close', onEnd);
      resolve(chunk);
    };
    const onReadable = (): void => {
      const chunk = stream.read() as Buffer | null; // not in object mode
      if (chunk !== null) settle(chunk);
      else if (stream.readableEnded) settle(undefined);
    };
    const onEnd = (): void => settle(undefined);
    stream.on('readable', onReadable).on('end', onEnd).on('close', onEnd);
    if (stream.destroyed || stream.readableEnded) settle(undefined);
  });
}
