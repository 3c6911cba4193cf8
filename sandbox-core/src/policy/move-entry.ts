import { applyEdits, createScanner, getNodeValue, type Edit, type Node } from 'jsonc-parser';

import { applyEdit } from './edit';
import { nodeAt, parsePolicy } from './parse';
import { describePointer, parentPointer, toPointer, type PolicyPointer } from './pointer';

// Token kinds of jsonc-parser's scanner: see parse.ts.
const COMMA = 5;
const LINE_COMMENT = 12;
const BLOCK_COMMENT = 13;
const END_OF_FILE = 17;

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

interface Token {
  readonly kind: number;
  readonly from: number;
  readonly to: number;
}

/** The text without the entry, and what was noted about it. */
function takeEntry(text: string, pointer: PolicyPointer): { readonly text: string; readonly comments: readonly string[] } {
  const entry = nodeIn(text, pointer);
  const list = entry?.parent;
  if (!entry || list?.type !== 'array') throw new RangeError(`Expected an entry of a list at ${describePointer(pointer)}`);
  const entries = list.children ?? [];
  const index = entries.indexOf(entry);
  const [before, after] = [entries[index - 1], entries[index + 1]];
  const end = entry.offset + entry.length;
  const leading = tokensBetween(text, before ? before.offset + before.length : list.offset + 1, entry.offset);
  const trailing = tokensBetween(text, end, after ? after.offset : list.offset + list.length - 1);
  const commaBefore = leading.find(({ kind }) => kind === COMMA);
  const commaAfter = trailing.find(({ kind }) => kind === COMMA);
  const start = commaBefore?.to ?? list.offset + 1;
  // On the line of what stands in front of it, a comment is about that.
  const own = leading.filter(({ kind, from }) => kind !== COMMA && from >= start && (isOneLine(text, from, entry.offset) || !isOneLine(text, start, from)));
  const behind = trailing.filter(({ kind, from }) => kind !== COMMA && (commaAfter ? from < commaAfter.from || (isOneLine(text, end, from) && !(after && isOneLine(text, from, after.offset))) : isOneLine(text, end, from)));
  const from = own[0]?.from ?? entry.offset;
  const to = Math.max(end, commaAfter?.to ?? 0, behind.at(-1)?.to ?? 0);
  const dangling = !after && commaBefore && !commaAfter ? [{ offset: commaBefore.from, length: 1, content: '' }] : [];
  return { text: applyEdits(text, [...dangling, withBlanks(text, from, to, before !== undefined && !after)]), comments: [...own, ...behind].map((token) => text.slice(token.from, token.to)) };
}

/** Of what stood on a line of its own, the line goes too. */
function withBlanks(text: string, from: number, to: number, isLast: boolean): Edit {
  const start = from - (/[ \t]*$/.exec(text.slice(0, from))?.[0].length ?? 0);
  const startsLine = start === 0 || text[start - 1] === '\n';
  const blanks = /^[ \t]*(\r?\n)?/.exec(text.slice(to)) ?? [''];
  if (startsLine && blanks[1] !== undefined) return { offset: start, length: to + blanks[0].length - start, content: '' };
  if (isLast) return { offset: start, length: to - start, content: '' };
  return { offset: from, length: to + (blanks[1] === undefined ? blanks[0].length : 0) - from, content: '' };
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

function tokensBetween(text: string, from: number, to: number): Token[] {
  const scanner = createScanner(text, false);
  scanner.setPosition(from);
  const found: Token[] = [];
  for (let kind: number = scanner.scan(); kind !== END_OF_FILE && scanner.getTokenOffset() < to; kind = scanner.scan())
    if (kind === COMMA || kind === LINE_COMMENT || kind === BLOCK_COMMENT) found.push({ kind, from: scanner.getTokenOffset(), to: scanner.getTokenOffset() + scanner.getTokenLength() });
  return found;
}

function isOneLine(text: string, from: number, to: number): boolean {
  return !text.slice(from, to).includes('\n');
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
