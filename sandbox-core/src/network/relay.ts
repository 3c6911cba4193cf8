import type { Duplex } from 'node:stream';

/** Joins two connections until both directions have ended; an error on one side resets the other. */
export function relay(inside: Duplex, outside: Duplex): void {
  const abort = (): void => {
    inside.destroy();
    outside.destroy();
  };
  inside.on('error', abort);
  outside.on('error', abort);
  inside.on('close', () => !outside.writableEnded && outside.destroy());
  outside.on('close', () => !inside.writableEnded && inside.destroy());
  inside.pipe(outside);
  outside.pipe(inside);
}
