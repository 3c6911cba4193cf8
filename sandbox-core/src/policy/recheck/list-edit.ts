import type { Node } from 'jsonc-parser';

import { MAX_POLICY_CHARACTERS, nodeAt, parsePolicy, type PolicySyntax } from '../parse';
import type { Fix, Problem, ProblemCode } from '../problem';
import { changeBetween, type TextChange } from './text-change';
import { ENTRY_LISTS, LIST_POINTERS, type EntryList } from './entry-lists';

/** A change within one list: `removed` entries from index `at` became the nodes of `added`, and everything else is as it was. */
export interface ListEdit {
  readonly syntax: PolicySyntax;
  readonly change: TextChange;
  readonly list: EntryList;
  readonly at: number;
  readonly removed: number;
  readonly added: readonly Node[];
}

/** Faults that say nothing about the text around them. */
const LOCAL_FAULTS: ReadonlySet<ProblemCode> = new Set(['json-comment', 'json-trailing-comma']);
/** An entry is a text, or an object of texts. */
const MAX_ENTRY_DEPTH = 2;

/** What an edit of a policy's text did, if it did it within one of the lists. Undefined: it may have done anything. */
export function listEdit({ text: before, root, problems }: PolicySyntax, text: string): ListEdit | undefined {
  if (!root || text.length > MAX_POLICY_CHARACTERS || !problems.every(({ code }) => LOCAL_FAULTS.has(code))) return undefined;
  const change = changeBetween(before, text);
  const { offset, removed } = change;
  for (const list of ENTRY_LISTS) {
    const node = nodeAt(root, LIST_POINTERS[list]);
    const isInside = node?.type === 'array' && node.offset < offset && offset + removed < node.offset + node.length;
    if (isInside) return editOf({ root, problems, text, change, list, node });
  }
  return undefined;
}

interface Edited {
  readonly root: Node;
  readonly problems: readonly Problem[];
  readonly text: string;
  readonly change: TextChange;
  readonly list: EntryList;
  readonly node: Node;
}

/** Reads again what lies between the entries that the change does not touch; these come with it, to see that they stay what they are. */
function editOf({ root, problems, text, change, list, node }: Edited): ListEdit | undefined {
  const items = node.children ?? [];
  const end = change.offset + change.removed;
  const untouched = items.findIndex((item) => endOf(item) > change.offset);
  const at = untouched === -1 ? items.length : untouched;
  const behind = items.findIndex((item, index) => index >= at && item.offset >= end);
  const [before, after] = [items[at - 1], behind === -1 ? undefined : items[behind]];
  const from = before?.offset ?? node.offset + 1;
  const to = after ? endOf(after) : endOf(node) - 1;
  const shift = change.inserted - change.removed;
  const piece = parsePolicy(`[${text.slice(from, to + shift)}]`);
  const found = piece.root?.type === 'array' ? piece.root.children : undefined;
  if (!found || !piece.problems.every(({ code }) => LOCAL_FAULTS.has(code))) return undefined;
  const added = found.slice(before ? 1 : 0, after ? -1 : undefined);
  if ((before && !isSame(before, found[0])) || (after && !isSame(after, found.at(-1))) || found.length !== added.length + Number(Boolean(before)) + Number(Boolean(after))) return undefined;
  if (!added.every((item) => depthOf(item) <= MAX_ENTRY_DEPTH)) return undefined;
  const removed = (behind === -1 ? items.length : behind) - at;
  const copies = added.map((item) => moved(item, from - 1));
  const syntax: PolicySyntax = {
    text,
    root: copied(root, { change, shift, list: node, at, removed, added: copies }),
    problems: [...problems.filter(({ range }) => range.offset < from), ...piece.problems.map((problem) => shifted(problem, from - 1)), ...problems.filter(({ range }) => range.offset >= to).map((problem) => shifted(problem, shift))],
  };
  return { syntax, change, list, at, removed, added: copies };
}

function endOf({ offset, length }: Node): number {
  return offset + length;
}

function isSame(before: Node, after: Node | undefined): boolean {
  return before.type === after?.type && before.length === after.length && before.value === after.value;
}

function depthOf({ type, children = [] }: Node): number {
  const below = Math.max(0, ...children.map(depthOf));
  return type === 'property' ? below : below + 1;
}

function moved(node: Node, by: number, parent?: Node): Node {
  const { type, length, children, colonOffset } = node;
  const value: unknown = node.value;
  const offset = node.offset + by;
  if (!children) return { type, value, offset, length, ...(parent && { parent }) };
  const below: Node[] = [];
  const copy: Node = { type, value, offset, length, ...(colonOffset !== undefined && { colonOffset: colonOffset + by }), ...(parent && { parent }), children: below };
  for (const child of children) below.push(moved(child, by, copy));
  return copy;
}

interface TreeChange {
  readonly change: TextChange;
  readonly shift: number;
  readonly list: Node;
  readonly at: number;
  readonly removed: number;
  readonly added: readonly Node[];
}

/** The tree of the new text. The old one stays as it is: somebody may still look at it. */
function copied(node: Node, tree: TreeChange, parent?: Node): Node {
  const { change, shift, list } = tree;
  if (endOf(node) <= change.offset || node.offset >= change.offset + change.removed) return moved(node, node.offset >= change.offset + change.removed ? shift : 0, parent);
  const children: Node[] = [];
  const copy: Node = { ...node, length: node.length + shift, ...(parent && { parent }), children };
  for (const [index, child] of (node.children ?? []).entries()) {
    if (node === list && index === tree.at) addBelow(children, tree.added, copy);
    if (node !== list || index < tree.at || index >= tree.at + tree.removed) children.push(copied(child, tree, copy));
  }
  if (node === list && tree.at >= (node.children ?? []).length) addBelow(children, tree.added, copy);
  return copy;
}

function addBelow(children: Node[], added: readonly Node[], parent: Node): void {
  for (const item of added) children.push(Object.assign(item, { parent }));
}

function shifted(problem: Problem, by: number): Problem {
  const fixes = problem.fixes?.map((fix): Fix => (fix.edit.kind === 'replace-text' ? { ...fix, edit: { ...fix.edit, range: { ...fix.edit.range, offset: fix.edit.range.offset + by } } } : fix));
  return { ...problem, range: { ...problem.range, offset: problem.range.offset + by }, ...(fixes && { fixes }) };
}
