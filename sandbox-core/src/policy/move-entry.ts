import { applyEdits, getNodeValue, type Node } from 'jsonc-parser';

import { cutEntries } from './cut-entries';
import { applyEdit } from './edit';
import { nodeAt, parsePolicy } from './parse';
import { describePointer, parentPointer, toPointer, type PolicyPointer } from './pointer';

/** The texts of two policies after a rule went from one to the other. */
export interface MovedEntry {
  readonly source: string;
  readonly target: string;
}

/**
 * Moves an entry of a list to the same list of another policy, with its comments and, of a denied domain, its reason. A
 * target that has the entry already stays as it is.
 *
 * @param value what is to stand in the target
 * @throws RangeError if the source has no such entry
 */
export function moveEntry(source: string, pointer: PolicyPointer, target: string, value: unknown): MovedEntry {
  const list = parentPointer(pointer);
  const reasonAt = typeof value === 'string' && list === '/network/deniedDomains' ? toPointer(['network', 'deniedDomainReasons', value]) : undefined;
  const reason = reasonAt && valueAt(source, reasonAt);
  const taken = takeEntry(source, pointer);
  const moved = { source: taken.text, target: holds(target, list, value) ? target : addEntry(target, list, value, taken.comments) };
  if (reasonAt === undefined || reason === undefined || holds(moved.source, list, value)) return moved;
  return {
    source: applyEdit(moved.source, { kind: 'remove', pointer: reasonAt }),
    target: valueAt(target, reasonAt) === undefined ? applyEdit(moved.target, { kind: 'set', pointer: reasonAt, value: reason }) : moved.target,
  };
}

/** The text without the entry, and what was noted about it. */
function takeEntry(text: string, pointer: PolicyPointer): { readonly text: string; readonly comments: readonly string[] } {
  const entry = nodeIn(text, pointer);
  const list = entry?.parent;
  if (!entry || list?.type !== 'array') throw new RangeError(`Expected an entry of a list at ${describePointer(pointer)}`);
  const { edits, comments } = cutEntries(text, list, new Set([entry]));
  return { text: applyEdits(text, [...edits]), comments };
}

/** The library gives each entry a line of its own. */
function addEntry(text: string, list: PolicyPointer, value: unknown, comments: readonly string[]): string {
  const added = applyEdit(text, { kind: 'append', pointer: list, value });
  const entry = nodeIn(added, list)?.children?.at(-1);
  if (!entry || comments.length === 0) return added;
  const indent = /[ \t]*$/.exec(added.slice(0, entry.offset))?.[0] ?? '';
  const eol = added.includes('\r\n') ? '\r\n' : '\n';
  const content = comments.map((comment) => comment + eol + indent).join('');
  return applyEdits(added, [{ offset: entry.offset, length: 0, content }]);
}

function holds(text: string, list: PolicyPointer, value: unknown): boolean {
  const wanted = JSON.stringify(value);
  return (valueAt(text, list) as readonly unknown[] | undefined)?.some((entry) => JSON.stringify(entry) === wanted) === true;
}

function valueAt(text: string, pointer: PolicyPointer): unknown {
  const node = nodeIn(text, pointer);
  return node && (getNodeValue(node) as unknown);
}

function nodeIn(text: string, pointer: PolicyPointer): Node | undefined {
  const { root } = parsePolicy(text);
  return root && nodeAt(root, pointer);
}
