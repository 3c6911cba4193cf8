import { toPointer, valueKindAt, type PolicyPointer, type PolicyValueKind } from 'sandbox-core/policy';
import { getLocation } from 'jsonc-parser';
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
  /** Whether the place is an item of a list, which may become several. */
  readonly isItem: boolean;
  /** Between the quotes of a text; otherwise a comma may have to follow what is inserted. */
  readonly isInside: boolean;
  /** `,` where another entry stands behind. */
  readonly separator: '' | ',';
}

/** Undefined: neither path nor domain belongs here. Works where nothing can be parsed yet. */
export function valuePlaceAt(document: TextDocument, offset: number): ValuePlace | undefined {
  const text = document.getText();
  const { path, previousNode, isAtPropertyKey } = getLocation(text, offset);
  const pointer = toPointer(path);
  const kind = isAtPropertyKey ? undefined : valueKindAt(pointer);
  if (!kind) return undefined;
  const node = previousNode && previousNode.offset < offset && offset <= previousNode.offset + previousNode.length ? previousNode : undefined;
  if (node && node.type !== 'string') return undefined;
  const isInside = node !== undefined;
  const range = toRange(document, node ?? { offset, length: 0 });
  const typed = node ? unescaped(text.slice(node.offset + 1, offset)) : '';
  return { kind, pointer, typed, range, isItem: typeof path.at(-1) === 'number', isInside, separator: !isInside && /^\s*["{[\w]/.test(text.slice(offset, offset + 200)) ? ',' : '' };
}

function unescaped(raw: string): string {
  try {
    return String(JSON.parse(`"${raw}"`));
  } catch {
    return raw;
  }
}
