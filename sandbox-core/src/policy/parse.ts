import { createScanner, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';

import { problemSeverities, type Fix, type Problem, type ProblemCode, type TextRange } from './problem';
import { pointerSegments, toPointer, type PointerSegment } from './pointer';

// Token kinds of jsonc-parser's scanner: its `SyntaxKind` is a const enum, which isolated modules cannot import.
const OPEN_BRACE = 1;
const CLOSE_BRACE = 2;
const OPEN_BRACKET = 3;
const CLOSE_BRACKET = 4;
const COMMA = 5;
const LINE_COMMENT = 12;
const BLOCK_COMMENT = 13;
const LINE_BREAK = 14;
const TRIVIA = 15;
const END_OF_FILE = 17;

/** Most text: nothing to replace. */
const PLAIN = /^[\x20-\x7e]*$/;
/** Some 100,000 rules. Larger files are refused before anything is built from them. */
export const MAX_POLICY_CHARACTERS = 4 * 1024 * 1024;
/** The format needs 5 levels; parsers recurse, so a hostile file could exhaust the stack. */
export const MAX_POLICY_DEPTH = 64;

/** A policy's text with its tree (ranges kept). `root` is absent if there is nothing to look at. */
export interface PolicySyntax {
  readonly text: string;
  readonly root?: Node;
  readonly problems: readonly Problem[];
}

/** Never throws, and keeps going after an error, so that an editor can help in a half-written file. */
export function parsePolicy(text: string): PolicySyntax {
  const refused = refuseUnparsed(text);
  if (refused) return { text, problems: [refused] };
  const errors: ParseError[] = [];
  const body = text.startsWith('\uFEFF') ? ' ' + text.slice(1) : text; // same length, so that offsets hold
  const root = parseTree(body, errors, { allowTrailingComma: true, disallowComments: false });
  const problems = [
    ...byteOrderMark(text),
    ...scanForExtensions(body),
    ...errors.map((error) => syntaxProblem('json-syntax', describeParseError(error, body), error)),
    ...(root ? duplicateKeys(root) : []),
  ];
  return root ? { text, root, problems } : { text, problems };
}

function refuseUnparsed(text: string): Problem | undefined {
  const whole: TextRange = { offset: 0, length: Math.min(text.length, 1) };
  if (text.length > MAX_POLICY_CHARACTERS) {
    const found = `${(text.length / 1024 / 1024).toFixed(1)} MiB`;
    return syntaxProblem('policy-too-large', `the policy is too large: ${found}, at most ${MAX_POLICY_CHARACTERS / 1024 / 1024} MiB are read`, whole);
  }
  if (text.trim() === '' || text.trim() === '\uFEFF') return syntaxProblem('policy-empty', 'the policy is empty; the smallest one has a "network" and a "filesystem" block', whole);
  const deepest = offsetDeeperThan(text, MAX_POLICY_DEPTH);
  if (deepest === undefined) return undefined;
  return syntaxProblem('policy-too-deep', `the policy is nested more than ${MAX_POLICY_DEPTH} levels deep`, { offset: deepest, length: 1 });
}

function offsetDeeperThan(text: string, limit: number): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (let token: number = scanner.scan(); token !== END_OF_FILE; token = scanner.scan()) {
    if (token === OPEN_BRACE || token === OPEN_BRACKET) depth++;
    if (token === CLOSE_BRACE || token === CLOSE_BRACKET) depth--;
    if (depth > limit) return scanner.getTokenOffset();
  }
  return undefined;
}

function byteOrderMark(text: string): Problem[] {
  if (!text.startsWith('\uFEFF')) return [];
  const range = { offset: 0, length: 1 };
  return [syntaxProblem('json-byte-order-mark', 'a byte order mark is not JSON; sandbox-runtime refuses the file', range, removeText('Remove the byte order mark', range))];
}

/** Comments and trailing commas: we read on, the runtime does not. */
function scanForExtensions(text: string): Problem[] {
  const problems: Problem[] = [];
  const scanner = createScanner(text, false);
  let lastComma: TextRange | undefined;
  for (let token: number = scanner.scan(); token !== END_OF_FILE; token = scanner.scan()) {
    const range = { offset: scanner.getTokenOffset(), length: scanner.getTokenLength() };
    if (token === LINE_COMMENT || token === BLOCK_COMMENT)
      problems.push(syntaxProblem('json-comment', 'comments are not JSON; sandbox-runtime refuses the file', range, removeText('Remove the comment', range)));
    else if ((token === CLOSE_BRACE || token === CLOSE_BRACKET) && lastComma)
      problems.push(syntaxProblem('json-trailing-comma', 'a trailing comma is not JSON; sandbox-runtime refuses the file', lastComma, removeText('Remove the comma', lastComma)));
    if (token === COMMA) lastComma = range;
    else if (![TRIVIA, LINE_BREAK, LINE_COMMENT, BLOCK_COMMENT].includes(token)) lastComma = undefined;
  }
  return problems;
}

/** Of two entries with one name JSON.parse keeps the last, in silence: a deny list could vanish that way. */
function duplicateKeys(node: Node, pointer: readonly (string | number)[] = []): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const [index, child] of (node.children ?? []).entries()) {
    if (node.type === 'array') {
      problems.push(...duplicateKeys(child, [...pointer, index]));
      continue;
    }
    const [key, value] = child.children ?? [];
    if (!key) continue;
    const name = String(key.value);
    if (seen.has(name)) {
      const message = `"${printable(name)}" is given twice; only the last one counts`;
      problems.push({ ...syntaxProblem('json-duplicate-key', message, key), pointer: toPointer([...pointer, name]) });
    }
    seen.add(name);
    if (value) problems.push(...duplicateKeys(value, [...pointer, name]));
  }
  return problems;
}

function syntaxProblem(code: ProblemCode, message: string, range: TextRange, fix?: Fix): Problem {
  const { offset, length } = range;
  return { code, severity: problemSeverities[code], message, range: { offset, length }, ...(fix && { fixes: [fix] }) };
}

function removeText(title: string, range: TextRange): Fix {
  return { title, edit: { kind: 'replace-text', range, text: '' }, preferred: true };
}

/** `PropertyNameExpected` for people: "expected a property name". */
function describeParseError(error: ParseError, text: string): string {
  const words = printParseErrorCode(error.error).replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  const found = text.slice(error.offset, error.offset + Math.max(1, Math.min(error.length, 20)));
  const expected = /^(.*) expected$/.exec(words)?.[1];
  const what = expected === undefined ? words : `expected ${/^[aeiou]/.test(expected) ? 'an' : 'a'} ${expected}`;
  return found === '' ? `not valid JSON: ${what}, found the end of the file` : `not valid JSON: ${what}, found ${JSON.stringify(printable(found))}`;
}

/** Of a path in a message: a repository, or a sandboxed command, may call its files anything. */
export const MAX_SHOWN_PATH = 400;

/** Text of a policy, which may come from anybody's repository, for use in a message. */
export function printable(text: string, limit = 80): string {
  const clean = PLAIN.test(text) ? text : text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '\uFFFD');
  return clean.length > limit ? clean.slice(0, limit) + '…' : clean;
}

/** The node of the value that a pointer names, or undefined where the document has none. */
export function nodeAt(root: Node, pointer: string): Node | undefined {
  return pointerSegments(pointer).reduce<Node | undefined>((node, segment) => node && childAt(node, segment), root);
}

/** Of a key that is given twice, the last value is the one that counts. */
function childAt({ type, children = [] }: Node, segment: PointerSegment): Node | undefined {
  if (type === 'array') return typeof segment === 'number' ? children[segment] : undefined;
  return children.findLast(({ children: [key] = [] }) => key?.value === String(segment))?.children?.[1];
}

/** The pointer's path in this document: a segment of digits is an index in a list, but in an object a key like any other. */
export function segmentsIn(root: Node | undefined, pointer: string): PointerSegment[] {
  let node = root;
  return pointerSegments(pointer).map((segment) => {
    const own = node?.type === 'object' ? String(segment) : segment;
    node = node && childAt(node, own);
    return own;
  });
}

export function rangeOf(node: Node): TextRange {
  return { offset: node.offset, length: node.length };
}
