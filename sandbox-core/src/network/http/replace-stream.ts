import { Transform, type TransformCallback } from 'node:stream';

export interface Replacement {
  readonly from: string;
  readonly to: string;
}

/** Replaces texts; bytes are taken as Latin-1, so that any body survives. */
export function replaceText(text: string, replacements: readonly Replacement[]): string {
  return replacements.reduce((whole, { from, to }) => (whole.includes(from) ? whole.replaceAll(from, () => to) : whole), text);
}

/** Replaces texts in a stream, also those that arrive in pieces. Holds back only what may be the beginning of one. */
export function createReplaceStream(replacements: readonly Replacement[]): Transform {
  const pairs = replacements.map(({ from, to }): Replacement => ({ from: latin1(from), to: latin1(to) })).sort((a, b) => b.from.length - a.from.length);
  let pending = '';
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      const text = pending + chunk.toString('latin1');
      const [ready, rest] = replaceUpTo(text, pairs);
      pending = rest;
      done(null, ready === '' ? undefined : Buffer.from(ready, 'latin1'));
    },
    flush(done: TransformCallback) {
      done(null, Buffer.from(pending, 'latin1'));
    },
  });
}

export function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** What can be passed on, and what has to wait for more. */
function replaceUpTo(text: string, pairs: readonly Replacement[]): readonly [ready: string, rest: string] {
  let ready = '';
  let from = 0;
  for (;;) {
    const next = firstMatch(text, from, pairs);
    if (!next) break;
    ready += text.slice(from, next.at) + next.pair.to;
    from = next.at + next.pair.from.length;
  }
  const hold = heldBack(text.slice(from), pairs);
  return [ready + text.slice(from, text.length - hold), text.slice(text.length - hold)];
}

function firstMatch(text: string, from: number, pairs: readonly Replacement[]): { readonly at: number; readonly pair: Replacement } | undefined {
  const found = pairs.map((pair) => ({ at: text.indexOf(pair.from, from), pair })).filter(({ at }) => at !== -1);
  return found.sort((a, b) => a.at - b.at)[0];
}

/** The length of the longest end that begins one of the texts. */
function heldBack(text: string, pairs: readonly Replacement[]): number {
  const longest = Math.max(0, ...pairs.map(({ from }) => from.length - 1));
  for (let length = Math.min(longest, text.length); length > 0; length--) {
    const end = text.slice(text.length - length);
    if (pairs.some(({ from }) => from.startsWith(end))) return length;
  }
  return 0;
}
