import { isAmbiguousTarget, normalizeTarget } from '../../policy';
import type { Destination } from '../destination';
import { hostHeader, type RequestHead } from './head';

/** What a filter is told besides the request itself. */
export interface FilterContext {
  readonly scheme: 'http' | 'https';
  /** The name in the client's TLS handshake. */
  readonly sni?: string;
  /** Where the connection goes. */
  readonly target: Destination;
  /** Path and query as the client spelled them, and as URL parsers read them. */
  readonly requestTarget: string;
  readonly normalizedRequestTarget: string;
  readonly requestTargetIsAmbiguous: boolean;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
}

export type FilterResult =
  | { readonly action: 'allow'; readonly removeHeaders?: readonly string[]; readonly setHeaders?: Readonly<Record<string, string>> }
  | { readonly action: 'deny'; readonly reason?: string; /** 400 to 599; 403 unless given. */ readonly status?: number };

/** Judges single requests that the policy allows. Throwing denies. The request is shown without its body. */
export type RequestFilter = (request: Request, context: FilterContext) => Promise<FilterResult> | FilterResult;

/** Those decide where a message ends; a filter that changed them would make one message into two. */
const FRAMING = new Set(['connection', 'content-length', 'host', 'keep-alive', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect']);
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export interface FilterQuestion {
  readonly head: RequestHead;
  readonly target: Destination;
  readonly serverName: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly rawHeaders: readonly string[];
}

/** Asks the filter; whatever is not one of the results it may give is a denial. */
export async function askFilter(filter: RequestFilter, question: FilterQuestion): Promise<FilterResult> {
  try {
    return checked(await filter(toWebRequest(question), toContext(question)));
  } catch {
    return { action: 'deny', reason: 'the request filter failed' };
  }
}

function toWebRequest({ head, headers }: FilterQuestion): Request {
  const fields = Object.entries(headers).filter(([name, value]) => !name.startsWith(':') && value !== undefined);
  return new Request(`${head.scheme}://${hostHeader(head)}${head.target}`, { method: head.method, headers: fields.map(([name, value]): [string, string] => [name, String(value)]) });
}

function toContext({ head, target, serverName, rawHeaders }: FilterQuestion): FilterContext {
  return {
    scheme: head.scheme,
    ...(serverName !== undefined && { sni: serverName }),
    target,
    requestTarget: head.target,
    normalizedRequestTarget: normalizeTarget(head.target),
    requestTargetIsAmbiguous: isAmbiguousTarget(head.target),
    rawHeaders,
  };
}

function checked(result: unknown): FilterResult {
  const { action, reason, status, removeHeaders, setHeaders } = (typeof result === 'object' && result !== null ? result : {}) as Readonly<Record<string, unknown>>; // each is checked below
  if (action === 'deny') {
    return { action, ...(typeof reason === 'string' && { reason }), ...(typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599 && { status }) };
  }
  const removed = removeHeaders ?? [];
  const set = setHeaders ?? {};
  const isWellFormed = action === 'allow' && Array.isArray(removed) && removed.every(isEditable) && typeof set === 'object' && Object.entries(set).every(([name, value]) => isEditable(name) && isFieldValue(value));
  if (!isWellFormed) return { action: 'deny', reason: 'the request filter gave no valid answer' };
  return { action: 'allow', removeHeaders: removed as string[], setHeaders: set as Record<string, string> }; // as just checked
}

function isEditable(name: unknown): boolean {
  return typeof name === 'string' && TOKEN.test(name) && !FRAMING.has(name.toLowerCase());
}

function isFieldValue(value: unknown): boolean {
  return typeof value === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}
