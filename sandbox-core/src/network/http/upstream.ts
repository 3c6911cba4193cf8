import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import type { Readable, Transform } from 'node:stream';

import { isAddress, canonicalHost } from '../../policy';
import type { Destination } from '../destination';
import { once } from '../once';
import type { Routes } from '../route';
import type { DialTls } from '../tls/dial-tls';
import { hostHeader, type AnyRequest, type RequestHead } from './head';
import { createHttp1Upstream } from './http1-upstream';
import { createHttp2Upstream } from './http2-upstream';

export type AnyResponse = ServerResponse | Http2ServerResponse;

/** A judged request, as it is to be sent on. */
export interface Forwarding {
  readonly head: RequestHead;
  /** Where the connection goes; the head's authority may be another name of it. */
  readonly destination: Destination;
  /** The name that the server's certificate has to be for. */
  readonly serverName: string;
  readonly headers: IncomingHttpHeaders;
  /** Undefined: the request has none. */
  readonly body: Readable | undefined;
  readonly tally: Tally;
  /** Changes the server's answer before the client sees it. */
  readonly editHeaders: (headers: Record<string, unknown>) => void;
  readonly editBody: (() => Transform) | undefined;
}

/** Bytes of bodies, counted as they pass. */
export interface Tally {
  sent: number;
  received: number;
}

export interface Upstream {
  web(request: AnyRequest, response: AnyResponse, forwarding: Forwarding): Promise<void>;
  upgrade(request: IncomingMessage, client: Socket, head: Buffer, forwarding: Forwarding): Promise<void>;
  close(): void;
}

export interface UpstreamOptions {
  readonly routes: Routes;
  readonly dialTls: DialTls;
}

/** RFC 9110 §7.6.1, and those that proxies are addressed with. */
const HOP_BY_HOP: ReadonlySet<string> = new Set(['connection', 'proxy-connection', 'proxy-authorization', 'proxy-authenticate', 'keep-alive', 'te', 'trailer', 'upgrade', 'transfer-encoding', 'http2-settings']);

/** Sends requests on: HTTP/2 ones over HTTP/2 if the server speaks it, all others over HTTP/1.1. */
export function createUpstream(options: UpstreamOptions): Upstream {
  // Made with the first request: most commands make none that is read.
  const http1 = once(() => createHttp1Upstream(options));
  const http2 = createHttp2Upstream(options.dialTls);
  const webSockets = once(async () => (await import('httpxy')).createProxyServer({ xfwd: false, prependPath: false, secure: true }));
  return {
    async web(request, response, forwarding) {
      const relay = (answer: UpstreamAnswer): void => relayAnswer(answer, response, forwarding);
      if (request.httpVersionMajor >= 2 && forwarding.head.scheme === 'https' && (await http2.serves(forwarding))) return http2.send(request, forwarding, relay);
      await http1().send(response, forwarding, headersToSend(forwarding), relay);
    },
    async upgrade(request, client, early, forwarding) {
      const { head, destination, serverName } = forwarding;
      const host = destination.host.includes(':') ? `[${destination.host}]` : destination.host;
      request.url = head.target;
      request.headers = { ...headersToSend(forwarding), connection: 'Upgrade', upgrade: 'websocket' } as IncomingHttpHeaders; // as Node parsed them
      // Not as a request to a parent proxy, which would answer it itself, but through a tunnel of its (RFC 6455 §4.1).
      await (await webSockets()).ws(request, client, { target: `${head.scheme}://${host}:${destination.port}`, agent: http1().agents[head.scheme], ssl: { servername: serverName } }, early);
    },
    close() {
      http1.made()?.close();
      http2.close();
    },
  };
}

function headersToSend({ head, headers, body }: Forwarding): OutgoingHttpHeaders {
  const kept: Record<string, unknown> = withoutHopByHop(headers);
  kept['host'] = hostHeader(head);
  // Whatever the method: Node would send a body of unknown length without telling where it ends, and the server take it for a second request.
  if (body && kept['content-length'] === undefined) kept['transfer-encoding'] = 'chunked';
  return kept as OutgoingHttpHeaders; // as Node parsed them
}

/** The name to ask a server's certificate for. @param serverName what the client asked for, which counts only beside an address */
export function certificateName({ host }: Destination, serverName: string | undefined): string {
  const canonical = canonicalHost(host);
  return canonical !== undefined && isAddress(canonical) ? (serverName ?? '') : host;
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly phrase?: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Readable;
  readonly trailers: () => Readonly<Record<string, unknown>>;
}

function relayAnswer({ status, phrase, headers, body, trailers }: UpstreamAnswer, response: AnyResponse, { editHeaders, editBody, tally }: Forwarding): void {
  if (response.headersSent || response.destroyed) return void body.destroy();
  const edited = withoutHopByHop(headers);
  editHeaders(edited);
  const isEncoded = edited['content-encoding'] !== undefined && edited['content-encoding'] !== 'identity';
  const editor = isEncoded ? undefined : editBody?.();
  if (editor) delete edited['content-length'];
  if (phrase !== undefined && response.req.httpVersionMajor < 2) (response as ServerResponse).writeHead(status, phrase, edited as OutgoingHttpHeaders); // of that version, and as Node parsed them
  else response.writeHead(status, edited as OutgoingHttpHeaders); // as above
  const source = editor ? body.pipe(editor) : body;
  body.once('error', () => response.destroy());
  body.once('close', () => !body.readableEnded && response.destroy());
  source.on('data', (chunk: Buffer) => {
    tally.received += chunk.length;
    if (!writeChunk(response, chunk)) source.pause();
  });
  response.on('drain', () => source.resume());
  response.once('close', () => body.destroy());
  source.once('end', () => {
    const last = trailers();
    if (Object.keys(last).length > 0) response.addTrailers(Object.fromEntries(Object.entries(last).filter(([name]) => !name.startsWith(':'))) as OutgoingHttpHeaders); // as Node parsed them
    response.end();
  });
}

function writeChunk(response: AnyResponse, chunk: Buffer): boolean {
  return 'stream' in response ? response.write(chunk) : response.write(chunk);
}

/** Neither those that belong to one hop nor the pseudo-headers of HTTP/2. */
function withoutHopByHop(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const named = typeof headers['connection'] === 'string' ? headers['connection'].toLowerCase().split(/\s*,\s*/) : [];
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined && !name.startsWith(':') && !HOP_BY_HOP.has(name) && !named.includes(name)) kept[name] = value;
  return kept;
}
