import { toPointer, valueKindAt, type PolicyPointer, type PolicyValueKind } from 'sandbox-core/policy';
import { findNodeAtOffset, getLocation, getNodePath, type Location, type Node } from 'jsonc-parser';
import type { Range } from 'vscode-languageserver-types';
import type { TextDocument } from 'vscode-languageserver-textdocument';

import { toRange } from '../problems';

/** A place where a path or a domain may be written. */
export interface ValuePlace {
  readonly kind: PolicyValueKind;
  readonly pointer: PolicyPointer;
  /** The text up to the cursor. */
  readonly typed: string;
  /** What a completion replaces: the whole text with its quotes, or nothing. */
  readonly range: Range;
  /** What stands between the quotes, where there are two. */
  readonly inner?: Range;
  /** Whether the place is an item of a list, which may become several. */
  readonly isItem: boolean;
  /** Between the quotes of a text; otherwise a comma may have to follow what is inserted. */
  readonly isInside: boolean;
  /** `,` where another entry stands behind. */
  readonly separator: '' | ',';
}

/**
 * Undefined: neither path nor domain belongs here. Works where nothing can be parsed yet.
 *
 * @param root of the parsed document, if there is one: most places are told by it without reading the text again
 */
export function valuePlaceAt(document: TextDocument, offset: number, root?: Node): ValuePlace | undefined {
  const text = document.getText();
  if (root && isKeyPlace(root, offset, text)) return undefined;
  const { path, previousNode, isAtPropertyKey } = (root && insideOfText(root, offset)) ?? getLocation(text, offset);
  const pointer = toPointer(path);
  const kind = isAtPropertyKey ? undefined : valueKindAt(pointer);
  if (!kind) return undefined;
  const node = previousNode && previousNode.offset < offset && offset <= previousNode.offset + previousNode.length ? previousNode : undefined;
  if (node && node.type !== 'string') return undefined;
  const isInside = node !== undefined;
  const range = toRange(document, node ?? { offset, length: 0 });
  const typed = node ? unescaped(text.slice(node.offset + 1, offset)) : '';
  const isClosed = node !== undefined && node.length >= 2 && text[node.offset + node.length - 1] === '"' && offset < node.offset + node.length;
  const inner = isClosed ? { inner: toRange(document, { offset: node.offset + 1, length: node.length - 2 }) } : {};
  return { kind, pointer, typed, range, ...inner, isItem: typeof path.at(-1) === 'number', isInside, separator: !isInside && /^\s*["{[\w]/.test(text.slice(offset, offset + 200)) ? ',' : '' };
}

/** The same as getLocation says, without reading the text again: between the characters of a text that is no key. */
function insideOfText(root: Node, offset: number): Pick<Location, 'path' | 'previousNode' | 'isAtPropertyKey'> | undefined {
  const node = findNodeAtOffset(root, offset);
  const isKey = node?.parent?.type === 'property' && node.parent.children?.[0] === node;
  return node?.type === 'string' && !isKey && offset > node.offset ? { path: getNodePath(node), previousNode: node, isAtPropertyKey: false } : undefined;
}

/** Between the entries of an object, and not behind a colon: only a key can stand there. */
function isKeyPlace(root: Node, offset: number, text: string): boolean {
  const node = findNodeAtOffset(root, offset, true);
  return node?.type === 'object' && offset > node.offset && !/:\s*$/.test(text.slice(Math.max(0, offset - 100), offset));
}

function unescaped(raw: string): string {
  try {
    return String(JSON.parse(`"${raw}"`));
  } catch {
    return raw;
  }
}
