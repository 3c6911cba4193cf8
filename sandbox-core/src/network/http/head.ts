import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';

import { canonicalHost } from '../../policy';
import { describeDestination, type Caller, type Destination } from '../destination';
import type { Answer } from './answers';

/** A request as either protocol hands it over. */
export type AnyRequest = IncomingMessage | Http2ServerRequest;

/** What the connection that a request came on leads to; a request to the proxy itself says so in its own line. */
export interface Origin {
  readonly scheme: 'http' | 'https';
  readonly destination: Destination;
  readonly source: 'network' | 'proxy';
  readonly caller?: Caller | undefined;
  /** The name the client gave in its TLS handshake. */
  readonly serverName?: string | undefined;
}

/** What a request's head says, once it has been found to say one thing only. */
export interface RequestHead {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** The host and port that the request is addressed to. */
  readonly authority: Destination;
  /** Path and query, as spelled, without a fragment. */
  readonly target: string;
}

/** Whether a browser or proxy would see another request in the same bytes (RFC 9112 §3.2, §6.3; RFC 9113 §8.3). */
export function readHead(request: AnyRequest, origin: Origin | undefined): RequestHead | Answer {
  const method = request.method ?? 'GET';
  const url = request.url ?? '';
  const problem = framingProblem(request);
  if (problem !== undefined) return badRequest(problem);
  const form = /^(https?):\/\/([^/?#\\]*)(.*)$/is.exec(url);
  if (origin === undefined) {
    if (form?.[1]?.toLowerCase() !== 'http') return badRequest('expected an absolute http:// URL: this is a proxy');
    return withAuthority(form[2], 'http', { method, scheme: 'http', target: form[3] ?? '' });
  }
  if (form) return form[1]?.toLowerCase() === origin.scheme ? withAuthority(form[2], origin.scheme, { method, scheme: origin.scheme, target: form[3] ?? '' }) : badRequest('the URL is of another scheme than the connection');
  if (!url.startsWith('/') && !(url === '*' && method === 'OPTIONS')) return badRequest('expected a path');
  const named = request.headers[':authority'] ?? request.headers.host;
  if (named === undefined && request.httpVersion === '1.0') return { method, scheme: origin.scheme, authority: origin.destination, target: withoutFragment(url) };
  return withAuthority(typeof named === 'string' ? named : undefined, origin.scheme, { method, scheme: origin.scheme, target: url });
}

function framingProblem(request: AnyRequest): string | undefined {
  const { headers, rawHeaders, httpVersion } = request;
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length;
  if (hosts > 1) return 'more than one Host header';
  const encoding = headers['transfer-encoding'];
  if (encoding !== undefined && (encoding.toLowerCase() !== 'chunked' || httpVersion === '1.0')) return 'a transfer encoding other than chunked';
  if (encoding !== undefined && headers['content-length'] !== undefined) return 'both a length and a transfer encoding';
  const authority = headers[':authority'];
  if (authority !== undefined && headers.host !== undefined && headers.host !== authority) return 'the Host header and :authority differ';
  return undefined;
}

function withAuthority(text: string | undefined, scheme: 'http' | 'https', head: Omit<RequestHead, 'authority'>): RequestHead | Answer {
  const authority = text === undefined ? undefined : parseAuthority(text, scheme === 'http' ? 80 : 443);
  if (authority === undefined) return badRequest('expected a well-formed host, without a user');
  const target = withoutFragment(head.target);
  return { ...head, authority, target: target.startsWith('/') || target === '*' ? target : `/${target}` };
}

/** `host`, `host:port`, `[v6]:port`. @param defaultPort for a text without a port; undefined: it needs one */
export function parseAuthority(text: string, defaultPort?: number): Destination | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:\]]+))(?::([0-9]{1,5}))?$/.exec(text) ?? [];
  const host = canonicalHost(bracketed ?? plain ?? '');
  const port = digits === undefined ? defaultPort : digits.startsWith('0') ? undefined : Number(digits);
  return host === undefined || port === undefined || port > 65535 ? undefined : { host, port };
}

function withoutFragment(target: string): string {
  return target.replace(/#.*$/s, '');
}

/** The authority as a Host header, without a port that goes without saying. */
export function hostHeader({ scheme, authority }: Pick<RequestHead, 'scheme' | 'authority'>): string {
  return describeDestination(authority).replace(scheme === 'http' ? /:80$/ : /:443$/, '');
}

/** For people and logs: without the query, which may hold secrets. */
export function describeRequest(head: RequestHead): string {
  return `${head.method} ${head.scheme}://${hostHeader(head)}${head.target.replace(/\?.*$/s, '')}`;
}

function badRequest(text: string): Answer {
  return { status: 400, category: 'bad-request', text };
}
