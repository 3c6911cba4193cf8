import type { Assignment, Command as CommandNode, HereDoc, Redirection, Statement, Word as ShellWord } from 'unbash';

import { MAX_LINE, parseLine } from './parse-line';
import { unwrap } from './wrappers';

/**
 * A command with the words that are known before it runs; `undefined` for one that a substitution or a variable makes. Of
 * `NAME=$value` the name is known: `NAME=` and UNKNOWN_VALUE.
 */
export type CommandWords = readonly (string | undefined)[];

/** No word of a command can have it. */
export const UNKNOWN_VALUE = '\0';

/** @property onlyStarts it does nothing itself but to start commands that were found too (a shell, a wrapper, a function of the line), or none (`command -v`) */
export interface FoundCommand {
  readonly words: CommandWords;
  readonly onlyStarts: boolean;
}

export interface FoundCommands {
  readonly commands: readonly FoundCommand[];
  /** Why not everything could be found, for people. */
  readonly unknown?: string;
}

/** Deeper nesting of shells within shells is not looked into. */
const MAX_DEPTH = 8;
/** More commands in one line, with those of the lines in it, are not judged one by one. */
const MAX_COMMANDS = 1000;
/** Of what the parser makes of a line: words and their parts. */
const MAX_NODES = 50_000;

/** What may still be looked at, with all lines within lines. */
interface Budget {
  commands: number;
  characters: number;
}

const TOO_MANY: FoundCommands = { commands: [], unknown: 'the shell line has too many commands or words' };

/** What stands on the standard input of a command, where its line says so. */
interface Input {
  readonly text: string | undefined;
}

/** Every simple command that an argument vector would start, as far as that can be told without running it. */
export function simpleCommands(argv: CommandWords): FoundCommands {
  return startedBy(argv, { depth: 0, budget: { commands: MAX_COMMANDS, characters: 2 * MAX_LINE } });
}

interface Search {
  readonly depth: number;
  readonly budget: Budget;
}

function startedBy(argv: CommandWords, search: Search, input?: Input): FoundCommands {
  const { budget } = search;
  if (search.depth > MAX_DEPTH) return { commands: [], unknown: 'shells are nested too deeply' };
  if (--budget.commands < 0) return TOO_MANY;
  const deeper = { budget, depth: search.depth + 1 };
  const inner = unwrap(argv);
  if (inner === undefined) return { commands: [{ words: argv, onlyStarts: false }] };
  if ('nothing' in inner) return { commands: [{ words: argv, onlyStarts: true }] };
  if ('commands' in inner) return withFirst({ words: argv, onlyStarts: !inner.besides }, inner.commands.length > budget.commands ? TOO_MANY : combine(inner.commands.map((words) => (words.length === 0 ? { commands: [] } : startedBy(words, deeper, input)))));
  if ('readsInput' in inner && !input) return { commands: [{ words: argv, onlyStarts: false }] };
  const line = 'readsInput' in inner ? input?.text : inner.line;
  return withFirst({ words: argv, onlyStarts: true }, line === undefined ? { commands: [], unknown: 'the line of a shell is only known when it runs' } : lineCommands(line, deeper));
}

/** What starts nothing that was found is for a rule to be about. */
function withFirst({ words, onlyStarts }: FoundCommand, rest: FoundCommands): FoundCommands {
  return { ...rest, commands: [{ words, onlyStarts: onlyStarts && (rest.commands.length > 0 || rest.unknown !== undefined) }, ...rest.commands] };
}

function combine(all: readonly FoundCommands[]): FoundCommands {
  const unknown = all.find((found) => found.unknown !== undefined)?.unknown;
  return { commands: all.flatMap(({ commands }) => commands), ...(unknown !== undefined && { unknown }) };
}

/** Every simple command of a shell line: in pipelines, lists, loops, functions, substitutions and here-documents. */
function lineCommands(line: string, search: Search): FoundCommands {
  search.budget.characters -= line.length;
  if (search.budget.characters < 0) return { commands: [], unknown: 'the shell lines within lines are too long' };
  const script = parseLine(line);
  if (typeof script === 'string') return { commands: [], unknown: script };
  if ((script.errors ?? []).length > 0 || hasStrayBracket(line, script.commands)) return { commands: [], unknown: 'the shell line cannot be parsed' };
  const nodes = commandNodes(script);
  if (nodes === undefined || nodes.length > search.budget.commands) return TOO_MANY;
  const found = nodes.flatMap((node) => (node.name === undefined ? [] : [{ node, found: startedBy(commandWords(node, node.name), search, commandInput(node)) }]));
  const mayBeUnset = found.some(({ found: { commands } }) => commands.some(({ words: [name] }) => name === 'unset'));
  const functions = mayBeUnset ? new Map<string, number>() : functionsOf(script.commands);
  return combine(found.map(({ node, found: one }) => asFunctionCall(one, node, functions)));
}

/** Those that are there for certain, with where: not of a condition, a pipeline or a subshell. A name with a slash is a function to some shells only. */
function functionsOf(statements: readonly Statement[]): ReadonlyMap<string, number> {
  return new Map(statements.flatMap(({ command, background }) => (command.type === 'Function' && background !== true && !command.name.value.includes('/') ? [[command.name.value, command.end] as const] : [])).toReversed());
}

/** What a function runs was found in its body. */
function asFunctionCall(found: FoundCommands, { pos }: CommandNode, functions: ReadonlyMap<string, number>): FoundCommands {
  const [first, ...rest] = found.commands;
  const definedAt = functions.get(first?.words[0] ?? '');
  if (!first || definedAt === undefined || definedAt > pos) return found;
  return { ...found, commands: [{ ...first, onlyStarts: true }, ...rest] };
}

/** A redirection is no word of a command. */
function commandWords({ suffix }: CommandNode, name: ShellWord): CommandWords {
  return [knownText(name), ...suffix.flatMap((item) => (item.type === 'Word' ? [knownText(item)] : item.type === 'Assignment' ? [knownAssignment(item)] : []))];
}

function commandInput({ prefix, suffix }: CommandNode): Input | undefined {
  const inputs = [...prefix, ...suffix].filter(isRedirection).filter(({ operator, descriptor }) => operator.startsWith('<') && (descriptor === undefined || ('value' in descriptor && descriptor.value === 0)));
  const last = inputs.at(-1);
  return last && { text: last.type === 'HereDoc' ? documentText(last) : last.type === 'HereString' ? last.target && knownText(last.target) : undefined };
}

/** A shell changes a document whose end is not quoted before it hands it over. */
function documentText({ delimiter, body }: HereDoc): string | undefined {
  return delimiter?.quoted === true || (isKnown(body.parts ?? []) && !body.text.includes('\\')) ? body.text : undefined;
}

function isRedirection(item: CommandNode['suffix'][number] | CommandNode['prefix'][number]): item is Redirection {
  return item.type !== 'Word' && item.type !== 'Assignment';
}

/** The parser passes over a bracket that belongs to nothing; a shell does not. */
function hasStrayBracket(line: string, statements: readonly { readonly pos: number; readonly end: number }[]): boolean {
  const ends = [0, ...statements.map(({ end }) => end)];
  return ends.some((end, index) => /^[\s;&]*[()]/.test(line.slice(end, statements[index]?.pos ?? line.length)));
}

/** Whatever holds a command in the tree, it is found: no kind of node has to be known for that. Undefined: there are too many. */
function commandNodes(root: object): CommandNode[] | undefined {
  const found: CommandNode[] = [];
  const pending: unknown[] = [root];
  const seen = new Set<unknown>(); // what a computed property holds stands elsewhere too
  while (pending.length > 0) {
    const node = pending.pop();
    if (typeof node !== 'object' || node === null || seen.has(node)) continue;
    seen.add(node);
    if (seen.size > MAX_NODES) return undefined;
    if ('type' in node && node.type === 'Command') found.push(node as CommandNode); // by its type
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

/** `export A=x`: a word as any other, to the parser an assignment. */
function knownAssignment({ text, value }: Assignment): string {
  const known = value.type === 'Word' ? knownText(value) : undefined;
  return known === undefined ? text.slice(0, text.indexOf('=') + 1) + UNKNOWN_VALUE : text.slice(0, text.length - (value as ShellWord).text.length) + known; // only of a word something is known
}

/** Patterns and braces are made into words by the shell too; only quoted and plain text stays what it is. */
function isKnown(parts: readonly unknown[]): boolean {
  return parts.every((part) => {
    const { type, parts: inner } = part as { readonly type: string; readonly parts?: readonly unknown[] }; // every part has a type
    return ['Literal', 'SingleQuoted', 'AnsiCQuoted'].includes(type) || (type === 'DoubleQuoted' && isKnown(inner ?? []));
  });
}
