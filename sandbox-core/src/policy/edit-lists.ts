import type { Edit, Node } from 'jsonc-parser';

import { cutEntries } from './cut-entries';
import { nodeAt, type PolicySyntax } from './parse';

/** Edits that take entries out of their lists, with their comments, all at once; what cannot be found is left. Linear in the text. */
export function removeEntries({ root, text }: PolicySyntax, pointers: Iterable<string>): Edit[] {
  const doomed = new Map<Node, Set<Node>>();
  for (const pointer of pointers) {
    const entry = root && nodeAt(root, pointer);
    const list = entry?.parent;
    if (list?.type !== 'array') continue;
    doomed.set(list, (doomed.get(list) ?? new Set()).add(entry as Node)); // list is its parent, so it is there
  }
  return [...doomed].flatMap(([list, entries]) => cutEntries(text, list, entries).edits);
}

/**
 * Edits that put the entries of a list in order, each text once. The layout and the comments around the places stay.
 * Undefined: there is nothing to do.
 */
export function sortEntries(text: string, list: Node): Edit[] | undefined {
  const entries = list.children ?? [];
  const spelled = entries.map(({ offset, length }) => text.slice(offset, offset + length));
  const sorted = [...new Set(spelled)].sort(compareEntries);
  if (spelled.length === sorted.length && spelled.every((entry, index) => entry === sorted[index])) return undefined;
  const kept = entries.slice(0, sorted.length);
  const moved = kept.flatMap(({ offset, length }, index): Edit[] => (spelled[index] === sorted[index] ? [] : [{ offset, length, content: sorted[index] ?? '' }]));
  const [lastKept, last] = [kept.at(-1), entries.at(-1)];
  if (!lastKept || !last || lastKept === last) return moved;
  const from = lastKept.offset + lastKept.length;
  return [...moved, { offset: from, length: last.offset + last.length - from, content: '' }];
}

/** Without the order of any language: a file must not differ from machine to machine. */
function compareEntries(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
