/** `removed` characters at `offset` became `inserted` ones. */
export interface TextChange {
  readonly offset: number;
  readonly removed: number;
  readonly inserted: number;
}

/** The one change that leads from a text to another: what lies between their common beginning and their common end. */
export function changeBetween(before: string, after: string): TextChange {
  const shorter = Math.min(before.length, after.length);
  const offset = commonLength(shorter, (from, to) => before.slice(from, to) === after.slice(from, to));
  const fromEnd = (text: string, from: number, to: number): string => text.slice(text.length - to, text.length - from);
  const end = commonLength(shorter - offset, (from, to) => fromEnd(before, from, to) === fromEnd(after, from, to));
  return { offset, removed: before.length - offset - end, inserted: after.length - offset - end };
}

/** Blocks are compared by the engine at once, which is much faster than character by character. */
const BLOCK = 4096;

function commonLength(limit: number, isEqual: (from: number, to: number) => boolean): number {
  let length = 0;
  for (let block = BLOCK; block >= 1; block /= 2) while (length + block <= limit && isEqual(length, length + block)) length += block;
  return length;
}
