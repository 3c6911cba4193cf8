import { Agent, type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import { Agent as TlsAgent } from 'node:https';
import type { Socket } from 'node:net';
import type { Readable, Transform } from 'node:stream';

import type { ProxyServer } from 'httpxy';

import { isAddress, canonicalHost } from '../../policy';
import type { Destination } from '../destination';
import type { Routes } from '../route';
import type { DialTls } from '../tls/dial-tls';
import { createHttp2Upstream } from './http2-upstream';
import { hostHeader, type AnyRequest, type RequestHead } from './head';

export type AnyResponse = ServerResponse | Http2ServerResponse;

/** A judged request, as it is to be sent on. */
export interface Forwarding {
  readonly head: RequestHead;
  /** Where the connection goes; the head's authority may be another name of it. */
  readonly destination: Destination;
  /** The name that the server's certificate has to be for. */
  readonly serverName: string;
  readonly headers: IncomingHttpHeaders;
  /** The body, if it is not the request's own. */
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

/** What sends HTTP/1.1 requests on. */
interface Sender {
  readonly proxy: ProxyServer;
  readonly agents: { readonly http: Agent; readonly https: Agent; readonly parent: Agent };
}

/** RFC 9110 §7.6.1, and those that proxies are addressed with. */
const HOP_BY_HOP = ['connection', 'proxy-connection', 'proxy-authorization', 'proxy-authenticate', 'keep-alive', 'te', 'trailer', 'upgrade', 'transfer-encoding', 'http2-settings'];

/** Sends requests on: HTTP/2 ones over HTTP/2 if the server speaks it, all others over HTTP/1.1. */
export function createUpstream(options: UpstreamOptions): Upstream {
  let sender: Promise<Sender> | undefined; // loaded with the first request: most commands make none that is read
  const forwardings = new WeakMap<object, Forwarding>();
  const http2 = createHttp2Upstream(options.dialTls);

  const httpParentOf = ({ head, destination }: Forwarding): ReturnType<Routes['httpParent']> => (head.scheme === 'http' ? options.routes.httpParent(destination.host) : undefined);
  const prepare = (request: AnyRequest, forwarding: Forwarding, { agents }: Sender): Parameters<Sender['proxy']['web']>[2] => {
    const { head, destination, serverName } = forwarding;
    const parent = httpParentOf(forwarding);
    forwardings.set(request, forwarding);
    request.url = head.target;
    const host = destination.host.includes(':') ? `[${destination.host}]` : destination.host;
    return {
      target: `${head.scheme}://${host}:${destination.port}`,
      agent: parent ? agents.parent : agents[head.scheme],
      // Part of the key under which an agent keeps a connection: one to a server must not serve for another.
      ssl: { servername: serverName },
      ...(parent?.authorization !== undefined && { headers: { 'proxy-authorization': parent.authorization } }),
      ...(forwarding.body && { buffer: forwarding.body }),
      selfHandleResponse: true,
    };
  };
  const load = async (): Promise<Sender> => {
    const { createProxyServer } = await import('httpxy');
    const proxy = createProxyServer({ xfwd: false, prependPath: false, secure: true });
    proxy.on('proxyReq', (outgoing, request) => {
      const forwarding = forwardings.get(request);
      // A parent proxy is told the whole URL (RFC 9112 §3.2.2).
      if (forwarding && httpParentOf(forwarding)) outgoing.path = `http://${hostHeader(forwarding.head)}${outgoing.path}`;
    });
    proxy.on('proxyRes', (answer, request, response) => {
      const forwarding = forwardings.get(request);
      if (forwarding) relayAnswer({ status: answer.statusCode ?? 502, phrase: answer.statusMessage, headers: answer.headers, body: answer, trailers: () => answer.trailers }, response, forwarding); // as it was given to web()
    });
    return { proxy, agents: { http: createAgent(options), https: createTlsAgent(options), parent: createParentAgent(options) } };
  };
  const loaded = (): Promise<Sender> => (sender ??= load());
  return {
    async web(request, response, forwarding) {
      if (request.httpVersionMajor >= 2 && forwarding.head.scheme === 'https' && (await http2.serves(forwarding)))
        return http2.send(request, forwarding, (answer) => relayAnswer(answer, response, forwarding));
      replaceHeaders(request, { ...withoutHopByHop(forwarding.headers), host: hostHeader(forwarding.head) });
      const loadedSender = await loaded();
      await loadedSender.proxy.web(request as IncomingMessage, response as ServerResponse, prepare(request, forwarding, loadedSender)); // it takes both kinds
    },
    async upgrade(request, client, head, forwarding) {
      replaceHeaders(request, { ...withoutHopByHop(forwarding.headers), host: hostHeader(forwarding.head), connection: 'Upgrade', upgrade: 'websocket' });
      const loadedSender = await loaded();
      await loadedSender.proxy.ws(request, client, { ...prepare(request, forwarding, loadedSender), selfHandleResponse: false }, head);
    },
    close() {
      void sender?.then(({ agents }) => Object.values(agents).forEach((agent) => agent.destroy()));
      http2.close();
    },
  };
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
  const edited: Record<string, unknown> = Object.fromEntries(Object.entries(withoutHopByHop(headers)).filter(([name]) => !name.startsWith(':')));
  editHeaders(edited);
  const isEncoded = edited['content-encoding'] !== undefined && edited['content-encoding'] !== 'identity';
  const editor = isEncoded ? undefined : editBody?.();
  if (editor) delete edited['content-length'];
  if ('statusMessage' in response && phrase !== undefined && response.req.httpVersionMajor < 2) response.statusMessage = phrase;
  for (const [name, value] of Object.entries(edited)) if (value !== undefined) response.setHeader(name, value as string | string[]); // as Node parsed it
  response.writeHead(status);
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

function withoutHopByHop(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const named = typeof headers['connection'] === 'string' ? headers['connection'].toLowerCase().split(/\s*,\s*/) : [];
  const dropped = new Set([...HOP_BY_HOP, ...named]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
}

/** In place: an HTTP/2 request's headers cannot be assigned. */
function replaceHeaders(request: AnyRequest, headers: Readonly<Record<string, unknown>>): void {
  const { 'transfer-encoding': encoding, 'content-length': length } = request.headers;
  const isChunked = headers['content-length'] === undefined && (encoding !== undefined || length !== undefined);
  for (const name of Object.keys(request.headers)) if (!name.startsWith(':')) delete request.headers[name];
  Object.assign(request.headers, headers, isChunked && { 'transfer-encoding': 'chunked' });
}

/** Connections of forwarded requests go the same judged way as all others. */
function createAgent({ routes }: UpstreamOptions): Agent {
  return withConnections(new Agent({ keepAlive: true }), ({ host, port }) => routes.dial({ host, port }));
}

function createTlsAgent({ dialTls }: UpstreamOptions): TlsAgent {
  return withConnections(new TlsAgent({ keepAlive: true }), ({ host, port, servername }) => dialTls({ host, port }, servername, ['http/1.1']));
}

function createParentAgent({ routes }: UpstreamOptions): Agent {
  return withConnections(new Agent({ keepAlive: true }), ({ host }) => {
    const parent = routes.httpParent(host);
    return parent ? routes.openHttpParent(parent) : Promise.reject(new Error('no parent proxy'));
  });
}

interface ConnectionTarget extends Destination {
  readonly servername: string;
}

function withConnections<Kind extends Agent>(agent: Kind, open: (target: ConnectionTarget) => Promise<Socket>): Kind {
  const createConnection: Agent['createConnection'] = (options, callback) => {
    const { host, port, servername } = options as { readonly host?: string; readonly port?: number; readonly servername?: string }; // as the request was made with
    open({ host: String(host).replace(/^\[(.*)\]$/, '$1'), port: Number(port), servername: servername ?? '' }).then(
      // What the server has ended must not be kept for a next request, which would never be answered.
      (socket) => callback?.(null, Object.assign(socket, { allowHalfOpen: false })),
      (error: unknown) => callback?.(error instanceof Error ? error : new Error(String(error)), undefined as never), // node:http ignores it beside an error
    );
    return undefined;
  };
  agent.createConnection = createConnection;
  return agent;
}
