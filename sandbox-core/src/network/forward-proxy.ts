import type { IncomingMessage, Server } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import type { Callers } from './callers';
import { describeDestination, type Destination } from './destination';
import { refusedDestination, sendAnswer, sendRawAnswer, type Answer } from './http/answers';
import type { HttpHandler } from './http/handler';
import { parseAuthority } from './http/head';
import { createConnectionServer, type HttpServerOptions } from './http/servers';
import { isAdmitted, type ProxyCredentials } from './proxy-credentials';
import type { OpenTunnel, TunnelRefusal } from './tunnel';

export interface ForwardProxyOptions extends HttpServerOptions {
  readonly openTunnel: OpenTunnel;
  readonly handler: HttpHandler;
  readonly callers: Callers;
  /** Whoever does not give these is told to, and gets no further. */
  readonly credentials?: ProxyCredentials;
}

/**
 * An HTTP proxy for programs that are told to use one: CONNECT and absolute-form requests (RFC 9110 §9.3.6, RFC 9112
 * §3.2.2). Every request of a kept-alive connection is judged for itself.
 */
export function createForwardProxy(options: ForwardProxyOptions): Server {
  const server = createConnectionServer(options);
  const isKnown = ({ headers }: IncomingMessage): boolean => isAdmitted(headers['proxy-authorization'], options.credentials);
  server.on('request', (request, response) => (isKnown(request) ? void options.handler.request(request, response, { caller: options.callers.of(request.socket) }) : sendAnswer(response, NO_CREDENTIALS)));
  server.on('upgrade', (request: IncomingMessage, client: Duplex, early: Buffer) => {
    if (!isKnown(request)) sendRawAnswer(client, NO_CREDENTIALS);
    else if (client instanceof Socket) void options.handler.upgrade(request, client, early, { caller: options.callers.of(client) });
    else client.destroy();
  });
  server.on('connect', (request: IncomingMessage, client: Duplex, early: Buffer) => (isKnown(request) ? serveConnect(request, client, early, options) : sendRawAnswer(client, NO_CREDENTIALS)));
  return server;
}

const NO_CREDENTIALS: Answer = {
  status: 407,
  category: 'authentication',
  text: 'this proxy belongs to a sandbox, which has its user name and password in HTTP_PROXY',
  headers: { 'Proxy-Authenticate': 'Basic realm="srt"' },
};

function serveConnect(request: IncomingMessage, client: Duplex, early: Buffer, { openTunnel, callers }: ForwardProxyOptions): void {
  client.on('error', () => client.destroy());
  const destination = parseAuthority(request.url ?? '');
  if (!destination || destination.port === 0) return sendRawAnswer(client, { status: 400, category: 'bad-request', text: 'expected host:port' });
  const caller = callers.of(request.socket);
  void openTunnel({
    client,
    destination,
    source: 'proxy',
    early,
    ...(caller && { caller }),
    opened: () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      return Promise.resolve();
    },
    refused: (refusal) => refuse(client, destination, refusal),
  });
}

function refuse(client: Duplex, destination: Destination, refusal: TunnelRefusal): void {
  if (refusal.kind === 'unreachable') sendRawAnswer(client, { status: 502, category: 'upstream', text: `cannot connect to ${describeDestination(destination)}` });
  else if (refusal.kind === 'busy') sendRawAnswer(client, { status: 503, category: 'too-many-tunnels', text: 'too many decrypted connections are open (network.tlsTerminate.maxTunnels)', rule: '/network/tlsTerminate/maxTunnels' });
  else sendRawAnswer(client, refusedDestination(destination, refusal.decision, refusal.kind === 'policy' ? 'blocked-by-allowlist' : 'blocked-by-sandbox-runtime'));
}
