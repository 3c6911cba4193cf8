import { SandboxError } from '../errors';
import type { AccessRequest } from './evaluate';

const MAX_PORT = 65_535;
const PATH_KINDS = ['read', 'write', 'delete', 'list'];
const HOST_KINDS = ['connect', 'resolve'];

/** Programs without types ask what they like: a question that is not understood is refused, so that no answer of it is taken for a yes. Throws a SandboxError. */
export function checkRequest(request: AccessRequest): void {
  const given: unknown = request;
  if (!isRecord(given)) throw usage('a request such as { kind: "read", path: "…" }', given);
  const { kind, path, host, port } = given;
  if (kind === 'command') return; // commandWords looks at it
  if (PATH_KINDS.includes(kind as string)) {
    checkedPath(path, `a path to ${String(kind)}`);
  } else if (HOST_KINDS.includes(kind as string)) {
    if (typeof host !== 'string' || host === '') throw usage(`a host to ${String(kind)}`, host);
    if (port !== undefined && !(Number.isInteger(port) && (port as number) > 0 && (port as number) <= MAX_PORT)) throw usage(`a port from 1 to ${MAX_PORT}`, port);
  } else throw usage(`kind to be one of ${[...PATH_KINDS, ...HOST_KINDS, 'command'].join(', ')}`, kind);
}

/** Throws a SandboxError unless it can be one. */
export function checkedPath(given: unknown, what: string): string {
  if (typeof given !== 'string' || given === '' || given.includes('\0')) throw usage(what, given);
  return given;
}

/** Throws a SandboxError. */
export function checkWords(words: readonly string[]): void {
  const given: unknown = words;
  if (!Array.isArray(given) || !given.every((word) => typeof word === 'string')) throw usage('a command and its arguments as an array of strings, or { shell: "…" }', given);
  if (given.some((word) => word.includes('\0'))) throw usage('words without NUL, which a program is never given', given);
  if (given.length === 0 || given[0] === '') throw new SandboxError('usage', 'expected a command and its arguments, or { shell: "…" }, got an empty command');
}

/** Variables as a program can be given them: it would get others, or less of them. Throws a SandboxError. */
export function checkedEnvironment(given: unknown): Readonly<Record<string, string>> | undefined {
  if (given === undefined) return undefined;
  if (!isRecord(given)) throw usage('environment as an object of strings', given);
  for (const [name, value] of Object.entries(given)) {
    if (name === '' || /[=\0]/.test(name)) throw usage('names of variables without "=" and NUL', name);
    if (typeof value !== 'string' || value.includes('\0')) throw usage(`the variable ${name} as a string without NUL`, value);
  }
  return given as Readonly<Record<string, string>>; // each was looked at
}

export function isRecord(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null;
}

export function usage(expected: string, got: unknown): SandboxError {
  return new SandboxError('usage', `expected ${expected}, got ${(JSON.stringify(got) as string | undefined)?.slice(0, 200) ?? typeof got}`);
}
