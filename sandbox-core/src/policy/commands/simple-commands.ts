import { parse } from 'unbash';

import { unwrap } from './wrappers';

/**
 * A command with the words that are known before it runs; `undefined` for one that a substitution or a variable makes. Of
 * `NAME=$value` the name is known: `NAME=` and UNKNOWN_VALUE.
 */
export type CommandWords = readonly (string | undefined)[];

/** No word of a command can have it. */
export const UNKNOWN_VALUE = '\0';

export interface FoundCommands {
  readonly commands: readonly CommandWords[];
  /** Why not everything could be found, for people. */
  readonly unknown?: string;
}

/** Deeper nesting of shells within shells is not looked into. */
const MAX_DEPTH = 8;
/** More commands in one line are not judged one by one. */
const MAX_COMMANDS = 1000;
const MAX_LINE = 100_000;

/** Every simple command that an argument vector would start, as far as that can be told without running it. */
export function simpleCommands(argv: CommandWords, depth = 0): FoundCommands {
  if (depth > MAX_DEPTH) return { commands: [], unknown: 'shells are nested too deeply' };
  const inner = unwrap(argv);
  if (inner === undefined) return { commands: [argv] };
  if ('line' in inner) return withFirst(argv, inner.line === undefined ? { commands: [], unknown: 'the line of a shell is only known when it runs' } : lineCommands(inner.line, depth + 1));
  return withFirst(argv, combine(inner.commands.map((words) => (words.length === 0 ? { commands: [] } : simpleCommands(words, depth + 1)))));
}

function withFirst(first: CommandWords, rest: FoundCommands): FoundCommands {
  return { ...rest, commands: [first, ...rest.commands] };
}

function combine(all: readonly FoundCommands[]): FoundCommands {
  const unknown = all.find((found) => found.unknown !== undefined)?.unknown;
  return { commands: all.flatMap(({ commands }) => commands), ...(unknown !== undefined && { unknown }) };
}

/** Every simple command of a shell line: in pipelines, lists, loops, functions, substitutions and here-documents. */
function lineCommands(line: string, depth: number): FoundCommands {
  if (line.length > MAX_LINE) return { commands: [], unknown: 'the shell line is too long' };
  const script = parse(line);
  if ((script.errors ?? []).length > 0 || hasStrayBracket(line, script.commands)) return { commands: [], unknown: 'the shell line cannot be parsed' };
  const nodes = commandNodes(script);
  if (nodes.length > MAX_COMMANDS) return { commands: [], unknown: 'the shell line has too many commands' };
  return combine(nodes.flatMap((node) => (node.name === undefined ? [] : [simpleCommands([node.name, ...node.suffix].map(knownText), depth)])));
}

/** The parser passes over a bracket that belongs to nothing; a shell does not. */
function hasStrayBracket(line: string, statements: readonly { readonly pos: number; readonly end: number }[]): boolean {
  const ends = [0, ...statements.map(({ end }) => end)];
  return ends.some((end, index) => /^[\s;&]*[()]/.test(line.slice(end, statements[index]?.pos ?? line.length)));
}

interface ShellWord {
  readonly value: string;
  readonly text: string;
  readonly parts?: readonly { readonly type: string; readonly parts?: readonly unknown[] }[];
}

interface CommandNode {
  readonly name?: ShellWord;
  readonly suffix: readonly ShellWord[];
}

/** Whatever holds a command in the tree, it is found: no kind of node has to be known for that. */
function commandNodes(root: object): CommandNode[] {
  const found: CommandNode[] = [];
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const node = pending.pop();
    if (typeof node !== 'object' || node === null) continue;
    if ('type' in node && node.type === 'Command') found.push(node as unknown as CommandNode); // by its type
    for (const name of propertyNames(node)) pending.push((node as Readonly<Record<string, unknown>>)[name]); // an object has properties
  }
  return found.reverse();
}

/** The parser computes some properties when they are asked for. */
function propertyNames(node: object): string[] {
  const names = Object.keys(node);
  for (let at = prototypeOf(node); at !== null && at !== Object.prototype && at !== Array.prototype; at = prototypeOf(at)) names.push(...Object.entries(Object.getOwnPropertyDescriptors(at)).flatMap(([name, { get }]) => (get ? [name] : [])));
  return names;
}

function prototypeOf(node: object): object | null {
  return Object.getPrototypeOf(node) as object | null; // nothing else is a prototype
}

function knownText(word: ShellWord): string | undefined {
  if (isKnown(word.parts ?? [])) return word.value;
  const [assigned] = /^"?[A-Za-z_]\w*=/.exec(word.text) ?? [];
  return assigned === undefined ? undefined : assigned.replace('"', '') + UNKNOWN_VALUE;
}

/** Patterns and braces are made into words by the shell too; only quoted and plain text stays what it is. */
function isKnown(parts: readonly unknown[]): boolean {
  return parts.every((part) => {
    const { type, parts: inner } = part as { readonly type: string; readonly parts?: readonly unknown[] }; // every part has a type
    return ['Literal', 'SingleQuoted', 'AnsiCQuoted'].includes(type) || (type === 'DoubleQuoted' && isKnown(inner ?? []));
  });
}
