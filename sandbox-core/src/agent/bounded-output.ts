import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';

import { printable } from '../policy';

/** Characters kept of the beginning and of the end: errors stand at the end, what led to them often at the beginning. */
const KEPT_AT_START = 8_000;
const KEPT_AT_END = 24_000;

/** What a command printed, as text that can be shown: bounded while it arrives, without terminal sequences. */
export interface BoundedOutput {
  add(bytes: Buffer): void;
  text(): string;
}

export function createBoundedOutput(): BoundedOutput {
  const decoder = new StringDecoder('utf8');
  let start = '';
  let end = '';
  let left = 0;
  return {
    add(bytes) {
      let text = decoder.write(bytes);
      const room = KEPT_AT_START - start.length;
      start += text.slice(0, Math.max(0, room));
      text = text.slice(Math.max(0, room));
      end += text;
      if (end.length > 2 * KEPT_AT_END) {
        left += end.length - KEPT_AT_END;
        end = end.slice(-KEPT_AT_END);
      }
    },
    text() {
      const over = Math.max(0, end.length - KEPT_AT_END);
      const omitted = left + over;
      const shown = omitted === 0 ? start + end : `${start}\n[… ${omitted} characters left out …]\n${end.slice(over)}`;
      return plainLines(shown);
    },
  };
}

/** Line by line, so that line breaks survive what makes the rest printable. */
function plainLines(text: string): string {
  return stripVTControlCharacters(text)
    .split(/\r?\n/)
    // What a terminal would show in the end of a line that was written over.
    .map((line) => line.replace(/\r+$/, '').replace(/^.*\r/, ''))
    .map((line) => printable(line.replaceAll('\t', '    '), line.length * 4))
    .join('\n');
}
