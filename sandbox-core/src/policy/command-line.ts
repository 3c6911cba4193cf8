import { parse, type ParseEntry } from 'shell-quote';

import { expandPath, type AbsolutePath, type PathContext } from './absolute-path';
import type { PolicyRequest } from './decide';

/** Longer lines are cut: this is about what somebody typed. */
const MAX_LINE = 8192;
const MAX_REQUESTS = 200;

/** Words of the shell's own before a command, and those that no command stands behind. */
const BEFORE_COMMAND = new Set(['if', 'then', 'else', 'elif', 'while', 'until', 'do', 'time', '!', '{']);
const OTHER_KEYWORDS = new Set(['fi', 'done', 'esac', '}', 'for', 'case', 'select', 'function', 'in', '[[', ']]']);
/** Builtins that are mostly no programs as well. */
const BUILTINS = new Set('. : alias bg break builtin cd command continue declare dirs disown eval exec exit export fc fg getopts hash help history jobs let local logout mapfile popd pushd read readarray readonly return set shift shopt source suspend times trap type typeset ulimit umask unalias unset wait'.split(' '));

/** What a command line will obviously ask for. */
export interface CommandRequest {
  readonly what: 'program' | 'argument' | 'redirection';
  readonly word: string;
  /** Absent: the program was not found. */
  readonly request?: PolicyRequest;
}

export interface CommandContext extends PathContext {
  /** Looks a name without a slash up in PATH. */
  readonly findProgram: (name: string) => AbsolutePath | undefined;
}

/**
 * The programs of a command line, the words that look like paths or hosts, and where it redirects to. No more: what a
 * program opens besides, which of its arguments it writes, and what variables and substitutions come to shows only when it runs.
 */
export function commandRequests(line: string, context: CommandContext): CommandRequest[] {
  const found: CommandRequest[] = [];
  const functions = new Set<string>();
  let expects: 'program' | 'argument' | 'read' | 'write' = 'program';
  // An unknown variable stays in its word, which then is not looked at.
  const entries = parse(line.slice(0, MAX_LINE), (name) => `$${name}`);
  for (const [at, entry] of entries.entries()) {
    if (typeof entry === 'object') {
      if ('op' in entry && entry.op !== 'glob') expects = afterOperator(entry.op);
      else if ('op' in entry) expects = 'argument';
      continue;
    }
    if (expects === 'program' && (/^\w+=/.test(entry) || BEFORE_COMMAND.has(entry))) continue;
    const isDefined = (expects === 'program' && isOperator(entries[at + 1], '(')) || entries[at - 1] === 'function';
    if (isDefined) functions.add(entry);
    if (isDefined || (expects === 'program' && functions.has(entry))) {
      expects = isDefined ? 'program' : 'argument';
      continue;
    }
    found.push(...requestsOf(entry, expects, context));
    expects = 'argument';
  }
  return found.slice(0, MAX_REQUESTS);
}

function isOperator(entry: ParseEntry | undefined, operator: string): boolean {
  return typeof entry === 'object' && 'op' in entry && entry.op === operator;
}

function afterOperator(operator: string): 'program' | 'argument' | 'read' | 'write' {
  if (/^(>|>>|>\||&>|&>>|<>)$/.test(operator)) return 'write';
  if (operator === '<') return 'read';
  return /^[<>]/.test(operator) && !operator.endsWith('(') ? 'argument' : 'program';
}

function requestsOf(word: string, expects: 'program' | 'argument' | 'read' | 'write', context: CommandContext): CommandRequest[] {
  if (word.includes('$') || word === '') return [];
  if (expects === 'program') return BUILTINS.has(word) || OTHER_KEYWORDS.has(word) ? [] : [program(word, context)];
  if (expects !== 'argument') return [{ what: 'redirection', word, request: { kind: expects, path: expandPath(word, context) } }];
  const value = /^--?[\w-]+=(.*)$/s.exec(word)?.[1] ?? word;
  const request = hostRequest(value) ?? pathRequest(value, context);
  return request ? [{ what: 'argument', word: value, request }] : [];
}

function program(word: string, context: CommandContext): CommandRequest {
  const path = word.includes('/') ? expandPath(word, context) : context.findProgram(word);
  return { what: 'program', word, ...(path && { request: { kind: 'read', path } }) };
}

const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'ws:': 80, 'wss:': 443, 'ssh:': 22, 'git+ssh:': 22, 'git:': 9418, 'ftp:': 21 };
const SSH_PORT = 22;

/** A URL, or git's and scp's `user@host:path`. */
function hostRequest(word: string): PolicyRequest | undefined {
  const remote = /^[\w.-]+@([\w.-]+):/.exec(word)?.[1];
  if (remote !== undefined) return { kind: 'connect', host: remote, port: SSH_PORT };
  if (!/^[a-z][a-z+]*:\/\//i.test(word) || !URL.canParse(word)) return undefined;
  const { protocol, hostname, port } = new URL(word);
  const known = port === '' ? PORTS[protocol] : Number(port);
  return known === undefined || hostname === '' ? undefined : { kind: 'connect', host: hostname, port: known };
}

function pathRequest(word: string, context: PathContext): PolicyRequest | undefined {
  const isPath = !word.startsWith('-') && !word.includes('://') && (word.includes('/') || word === '~' || word === '.' || word === '..');
  return isPath ? { kind: 'read', path: expandPath(word, context) } : undefined;
}
