import { createScanner, type Edit, type Node } from 'jsonc-parser';

// Token kinds of jsonc-parser's scanner: see parse.ts.
const COMMA = 5;
const LINE_COMMENT = 12;
const BLOCK_COMMENT = 13;
const END_OF_FILE = 17;

interface Token {
  readonly kind: number;
  readonly from: number;
  readonly to: number;
}

/** An entry or key with its comments and its comma. `comments` has the texts. */
interface Cut {
  readonly from: number;
  readonly to: number;
  readonly commaAfter: boolean;
  readonly comments: readonly string[];
}

/** Edits that take entries out of their list, or keys out of their block, with what was noted about them. */
export interface CutEntries {
  readonly edits: readonly Edit[];
  readonly comments: readonly string[];
}

/** The comments about what stays, stay. Linear in what the list spans. */
export function cutEntries(text: string, list: Node, doomed: ReadonlySet<Node>): CutEntries {
  const entries = list.children ?? [];
  const lastKept = entries.findLastIndex((entry) => !doomed.has(entry));
  const firstKept = entries.findIndex((entry) => !doomed.has(entry));
  const cuts = entries.flatMap((entry, index) => (doomed.has(entry) ? [{ index, cut: cutOf(text, list, index) }] : []));
  const comments = cuts.flatMap(({ cut }) => cut.comments);
  const edits = cuts.map(({ index, cut }) => withBlanks(text, cut, firstKept !== -1 && firstKept < index && index > lastKept));
  const last = cuts.at(-1);
  if (last?.index === entries.length - 1 && lastKept !== -1 && !last.cut.commaAfter) edits.unshift(...commaBehind(text, entries[lastKept], entries[lastKept + 1]));
  const inside = { offset: list.offset + 1, length: list.length - 2 };
  const isEmptied = lastKept === -1 && cuts.length > 0 && isBlank(text, edits, inside);
  return { edits: isEmptied ? [{ ...inside, content: '' }] : edits.toSorted((a, b) => a.offset - b.offset), comments };
}

function cutOf(text: string, list: Node, index: number): Cut {
  const entries = list.children ?? [];
  const [before, entry, after] = [entries[index - 1], entries[index] as Node, entries[index + 1]]; // the caller's index is one of theirs
  const end = entry.offset + entry.length;
  const leading = tokensBetween(text, before ? before.offset + before.length : list.offset + 1, entry.offset);
  const trailing = tokensBetween(text, end, after ? after.offset : list.offset + list.length - 1);
  const start = leading.find(({ kind }) => kind === COMMA)?.to ?? list.offset + 1;
  const commaAfter = trailing.find(({ kind }) => kind === COMMA);
  // On the line of what stands in front of it, a comment is about that.
  const own = leading.filter(({ kind, from }) => kind !== COMMA && from >= start && (isOneLine(text, from, entry.offset) || !isOneLine(text, start, from)));
  const behind = trailing.filter(({ kind, from }) => kind !== COMMA && (commaAfter ? from < commaAfter.from || (isOneLine(text, end, from) && !(after && isOneLine(text, from, after.offset))) : isOneLine(text, end, from)));
  return { from: own[0]?.from ?? entry.offset, to: Math.max(end, commaAfter?.to ?? 0, behind.at(-1)?.to ?? 0), commaAfter: commaAfter !== undefined, comments: [...own, ...behind].map((token) => text.slice(token.from, token.to)) };
}

/** Behind what is the last one now. */
function commaBehind(text: string, kept: Node | undefined, next: Node | undefined): Edit[] {
  if (!kept || !next) return [];
  const comma = tokensBetween(text, kept.offset + kept.length, next.offset).find(({ kind }) => kind === COMMA);
  return comma ? [{ offset: comma.from, length: 1, content: '' }] : [];
}

/** Of what stood on a line of its own, the line goes too. */
function withBlanks(text: string, { from, to }: Cut, isLast: boolean): Edit {
  let start = from;
  while (text[start - 1] === ' ' || text[start - 1] === '\t') start--;
  const startsLine = start === 0 || text[start - 1] === '\n';
  const [blanks, eol] = /^[ \t]*(\r?\n)?/.exec(text.slice(to)) ?? [''];
  if (startsLine && eol !== undefined) return { offset: start, length: to + blanks.length - start, content: '' };
  if (isLast) return { offset: start, length: to - start, content: '' };
  return { offset: from, length: to + (eol === undefined ? blanks.length : 0) - from, content: '' };
}

/** Whether nothing would be left there. */
function isBlank(text: string, edits: readonly Edit[], { offset, length }: Pick<Edit, 'offset' | 'length'>): boolean {
  let at = offset;
  const left = edits.map((edit) => {
    const part = text.slice(at, edit.offset);
    at = edit.offset + edit.length;
    return part;
  });
  return [...left, text.slice(at, offset + length)].every((part) => part.trim() === '');
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
