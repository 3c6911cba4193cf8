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
    if (typeof path !== 'string' || path === '' || path.includes('\0')) throw usage(`a path to ${String(kind)}`, path);
  } else if (HOST_KINDS.includes(kind as string)) {
    if (typeof host !== 'string' || host === '') throw usage(`a host to ${String(kind)}`, host);
    if (port !== undefined && !(Number.isInteger(port) && (port as number) > 0 && (port as number) <= MAX_PORT)) throw usage(`a port from 1 to ${MAX_PORT}`, port);
  } else throw usage(`kind to be one of ${[...PATH_KINDS, ...HOST_KINDS, 'command'].join(', ')}`, kind);
}

/** Throws a SandboxError. */
export function checkWords(words: readonly string[]): void {
  const given: unknown = words;
  if (!Array.isArray(given) || !given.every((word) => typeof word === 'string')) throw usage('a command and its arguments as an array of strings, or { shell: "…" }', given);
  if (given.length === 0 || given[0] === '') throw new SandboxError('usage', 'expected a command and its arguments, or { shell: "…" }, got an empty command');
}

export function isRecord(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null;
}

export function usage(expected: string, got: unknown): SandboxError {
  return new SandboxError('usage', `expected ${expected}, got ${(JSON.stringify(got) as string | undefined)?.slice(0, 200) ?? typeof got}`);
}
