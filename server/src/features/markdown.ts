import { printable } from 'sandbox-core/policy';

const MAX_SHOWN = 200;

/** Text of a document or of a disk, shown as it is: nothing in it becomes a link, an image or a heading. */
export function codeSpan(text: string): string {
  const shown = printable(text, MAX_SHOWN);
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const padding = /^`|`$|^ .* $/.test(shown) || shown.trim() === '' ? ' ' : '';
  return fence + padding + shown + padding + fence;
}
