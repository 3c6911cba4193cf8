/**
 * A small evaluator of Seatbelt profiles: it reads the text that sandbox-exec would get and answers as the kernel does,
 * as far as our profiles go. Of the rules that match, the last decides; a rule about a named operation is not overruled by
 * a later one about its wildcard.
 */
export interface SeatbeltRequest {
  readonly operation: string;
  readonly path?: string;
  readonly vnode?: string;
  readonly name?: string;
  /** `host:port` of a connection: `localhost` or another host. */
  readonly remote?: string;
  readonly local?: string;
  readonly remoteSocket?: string;
  readonly localSocket?: string;
}

export type Expression = string | { readonly text: string } | readonly Expression[];

export interface SeatbeltAnswer {
  readonly outcome: 'allow' | 'deny';
  /** What the log would say beside a denial. */
  readonly message?: string;
}

export function evaluateProfile(profile: readonly Expression[], request: SeatbeltRequest): SeatbeltAnswer {
  let best: { readonly rank: number; readonly answer: SeatbeltAnswer } = { rank: -1, answer: { outcome: 'deny' } };
  for (const rule of profile) {
    const [action, ...parts] = rule as readonly Expression[];
    if (action !== 'allow' && action !== 'deny') continue;
    const operations = parts.filter((part): part is string => typeof part === 'string');
    const filters = parts.filter((part): part is readonly Expression[] => Array.isArray(part));
    const rank = Math.max(...operations.map((operation) => rankOf(operation, request.operation)));
    const conditions = filters.filter(([name]) => name !== 'with');
    if (rank < best.rank || rank < 0 || (conditions.length > 0 && !conditions.some((condition) => matches(condition, request)))) continue;
    best = { rank, answer: { outcome: action, ...messageOf(filters) } };
  }
  return best.answer;
}

/** How precisely a rule names an operation: 0 for `default`, then wildcards, then the name itself; -1 if it does not. */
function rankOf(named: string, asked: string): number {
  if (named === asked) return 2;
  if (named === 'default') return 0;
  return named.endsWith('*') && asked.startsWith(named.slice(0, -1)) ? 1 : -1;
}

function matches([kind, ...values]: readonly Expression[], request: SeatbeltRequest): boolean {
  const texts = values.map((value) => (typeof value === 'object' && 'text' in value ? value.text : ''));
  const nested = values.filter((value): value is readonly Expression[] => Array.isArray(value));
  const { path } = request;
  switch (typeof kind === 'string' ? kind : '') {
    case 'literal':
      return path === texts[0];
    case 'subpath':
      return path !== undefined && isBelow(path, texts[0]!);
    case 'regex':
      return path !== undefined && new RegExp(texts[0]!, 's').test(path);
    case 'vnode-type':
      return request.vnode === values[0];
    case 'require-all':
      return nested.every((filter) => matches(filter, request));
    case 'require-any':
      return nested.some((filter) => matches(filter, request));
    case 'require-not':
      return !nested.some((filter) => matches(filter, request));
    case 'global-name':
    case 'sysctl-name':
      return request.name !== undefined && texts.includes(request.name);
    case 'global-name-prefix':
    case 'sysctl-name-prefix':
      return request.name !== undefined && texts.some((prefix) => request.name!.startsWith(prefix));
    case 'local':
    case 'remote':
      return values[0] === 'ip' ? matchesAddress(texts[1]!, kind === 'local' ? request.local : request.remote) : isBelowSocket(nested[0]!, kind === 'local' ? request.localSocket : request.remoteSocket);
    case 'socket-domain':
    case 'socket-protocol':
    case 'target':
    case 'iokit-registry-entry-class':
    case 'iokit-user-client-class':
      return request.name === values[0] || (request.name !== undefined && texts.includes(request.name));
    default:
      throw new Error(`unknown filter ${JSON.stringify(kind)}`);
  }
}

function isBelow(path: string, directory: string): boolean {
  return directory === '/' || path === directory || path.startsWith(directory + '/');
}

function isBelowSocket(filter: readonly Expression[], path: string | undefined): boolean {
  return path !== undefined && matches(filter, { operation: '', path });
}

function matchesAddress(pattern: string, address: string | undefined): boolean {
  if (address === undefined) return false;
  const [host, port] = pattern.split(':');
  const [atHost, atPort] = address.split(':');
  return (host === '*' || host === atHost) && (port === '*' || port === atPort);
}

function messageOf(filters: readonly (readonly Expression[])[]): { readonly message?: string } {
  const found = filters.find(([name]) => name === 'with')?.[2];
  return typeof found === 'object' && 'text' in found ? { message: found.text } : {};
}

/** Throws unless the text is a sequence of whole expressions, of the characters that profiles are made of. */
export function parseProfile(text: string): Expression[] {
  const tokens = [...text.matchAll(/\s+|([()])|"((?:[^"\\\n]|\\["\\])*)"|([A-Za-z0-9*_.-]+)|(.)/gsu)];
  const stack: Expression[][] = [[]];
  for (const [, bracket, string, symbol, other] of tokens) {
    if (other !== undefined) throw new Error(`unexpected ${JSON.stringify(other)} in a profile`);
    if (bracket === '(') stack.push([]);
    if (bracket === ')') {
      const closed = stack.pop()!;
      if (stack.length === 0) throw new Error('a bracket closes that was not opened');
      stack.at(-1)!.push(closed);
    }
    if (string !== undefined) stack.at(-1)!.push({ text: string.replace(/\\(["\\])/g, '$1') });
    if (symbol !== undefined) stack.at(-1)!.push(symbol);
  }
  if (stack.length !== 1) throw new Error('a bracket was not closed');
  return stack[0]!;
}
