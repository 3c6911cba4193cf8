import type { Node } from 'jsonc-parser';

import { nodeAt } from '../parse';
import { ENTRY_LISTS, isPathList, LIST_POINTERS, type EntryList } from './entry-lists';

/** The indexes of the entries that are kept, by list, ascending. */
export type KeptEntries = Readonly<Record<EntryList, readonly number[]>>;

type Json = Readonly<Record<string, unknown>>;

/** The policy with fewer entries in its lists. */
export function partOfValue(value: unknown, kept: KeptEntries): unknown {
  return ENTRY_LISTS.reduce((part, list) => {
    const entries = listIn(value, list);
    return entries ? withList(part, list, kept[list].map((index) => entries[index])) : part;
  }, value);
}

/** Its tree: everything stands where it stands in the whole. */
export function partOfTree(root: Node, kept: KeptEntries): Node {
  const lists = new Map(ENTRY_LISTS.map((list) => [nodeAt(root, LIST_POINTERS[list]), kept[list]]));
  const copied = (node: Node, depth: number): Node => {
    const indexes = lists.get(node);
    if (indexes) return { ...node, children: indexes.flatMap((index) => node.children?.[index] ?? []) };
    // root → property → block → property → list
    return depth === 0 || !node.children ? node : { ...node, children: node.children.map((child) => copied(child, depth - 1)) };
  };
  return copied(root, 4);
}

/** The entries of a list; undefined: there is no such list. */
export function listIn(value: unknown, list: EntryList): readonly unknown[] | undefined {
  const block = isObject(value) ? value[blockOf(list)] : undefined;
  const entries = isObject(block) && Object.hasOwn(block, list) ? block[list] : undefined;
  return Array.isArray(entries) ? entries : undefined;
}

/** The same value with other entries in one of its lists. */
export function withList(value: unknown, list: EntryList, entries: readonly unknown[]): unknown {
  if (!isObject(value)) return value;
  const name = blockOf(list);
  const block = value[name];
  return { ...value, [name]: isObject(block) ? { ...block, [list]: entries } : block };
}

function blockOf(list: EntryList): 'filesystem' | 'network' {
  return isPathList(list) ? 'filesystem' : 'network';
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
