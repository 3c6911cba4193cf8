import type { Server as HttpServer } from 'node:http';
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from 'node:http2';
import { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

import { once } from '../once';
import type { HttpClient, HttpHandler } from './handler';
import type { Origin } from './head';
import { createConnectionServer } from './servers';

/** Of one client; more wait. */
const MAX_CONCURRENT_STREAMS = 100;

/** Reads HTTP from connections that were accepted elsewhere and whose destination is known. */
export interface HttpFront {
  /** HTTP/1.1, with WebSocket upgrades. */
  serve(connection: Socket, origin: Origin): void;
  /** A decrypted connection, in the protocol that was agreed on in its handshake. */
  serveSecure(connection: TLSSocket, origin: Origin): void;
  close(): void;
}

export function createHttpFront(handler: HttpHandler): HttpFront {
  const origins = new WeakMap<object, Origin>(); // by connection, or by HTTP/2 session
  const http1 = once((): HttpServer => {
    const server = createConnectionServer();
    server.on('request', (request, response) => void handler.request(request, response, clientOf(origins.get(request.socket))));
    server.on('upgrade', (request, client, early) => void (client instanceof Socket ? handler.upgrade(request, client, early, clientOf(origins.get(request.socket))) : client.destroy()));
    return server;
  });
  const http2 = once((): Http2Server => {
    const server = createHttp2Server({ settings: { maxConcurrentStreams: MAX_CONCURRENT_STREAMS } });
    server.on('request', (request, response) => void handler.request(request, response, clientOf(request.stream.session && origins.get(request.stream.session))));
    server.on('sessionError', () => undefined); // the client's; nobody to tell
    return server;
  });

  const serve = (connection: Socket, origin: Origin): void => {
    origins.set(connection, origin);
    http1().emit('connection', connection);
  };
  return {
    serve,
    serveSecure(connection, origin) {
      if (connection.alpnProtocol !== 'h2') return serve(connection, origin);
      // Announced while the connection is taken over, so it is this one's.
      http2().once('session', (session: ServerHttp2Session) => origins.set(session, origin));
      http2().emit('connection', connection);
    },
    close() {
      http1.made()?.close();
      http2.made()?.close();
    },
  };
}

function clientOf(origin: Origin | undefined): HttpClient {
  return { origin, caller: origin?.caller };
}
