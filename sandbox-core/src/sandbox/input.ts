import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export type Input = string | Uint8Array | Readable;

export function isInput(given: unknown): given is Input {
  return typeof given === 'string' || given instanceof Uint8Array || given instanceof Readable;
}

/**
 * A command that does not read to the end is no failure, and lets go of its input.
 *
 * @param failed told if the input itself fails, or ends before its end
 */
export async function feed(stdin: Writable, input: Input, failed: (error: Error) => void): Promise<void> {
  const source = input instanceof Readable ? input : Readable.from([Buffer.from(input)]);
  // Whichever goes first takes the other one with it.
  const onError = (error: Error): void => {
    if (!stdin.destroyed) failed(error);
  };
  const onClose = (): void => {
    if (!stdin.destroyed && !source.readableEnded) failed(new Error('the input stream was closed before its end'));
  };
  if (source.errored) return failed(source.errored);
  stdin.once('close', () => source.destroy()); // a pipeline whose source has nothing to give notices no end
  source.once('error', onError).once('close', onClose);
  await pipeline(source, textAndBytes(failed), stdin).catch(() => undefined); // told above
}

/** In a pipe, anything else would be thrown where nobody catches it. */
function textAndBytes(failed: (error: Error) => void) {
  return async function* (chunks: AsyncIterable<unknown>): AsyncGenerator<string | Uint8Array> {
    for await (const chunk of chunks) {
      if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return failed(new TypeError(`expected text or bytes from the input stream, got ${typeof chunk}`));
      yield chunk;
    }
  };
}
