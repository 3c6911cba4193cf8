import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';

import { sendRawAnswer, type Answer } from './answers';

/** A client that has not sent its whole head by then is let go. */
const HEAD_TIMEOUT_MS = 30_000;
/** How often Node looks for such clients. */
const CHECK_INTERVAL_MS = 5_000;

export interface HttpServerOptions {
  readonly headTimeoutMs?: number;
}

/** An HTTP/1.1 server for connections that somebody else accepted: `server.emit('connection', socket)`. */
export function createConnectionServer({ headTimeoutMs = HEAD_TIMEOUT_MS }: HttpServerOptions = {}): Server {
  const server = createServer({
    headersTimeout: headTimeoutMs,
    requestTimeout: 0, // an upload may take its time
    connectionsCheckingInterval: Math.min(CHECK_INTERVAL_MS, headTimeoutMs),
    insecureHTTPParser: false,
    requireHostHeader: false, // CONNECT and HTTP/1.0 do without; readHead() asks for it where it counts
  });
  server.on('clientError', answerClientError);
  server.on('checkContinue', (request: IncomingMessage, response) => {
    response.writeContinue();
    server.emit('request', request, response);
  });
  // Node watches for slow clients from here on, and would otherwise do so only for a server that listens itself.
  server.emit('listening');
  return server;
}

function answerClientError(error: NodeJS.ErrnoException, client: Duplex): void {
  if (error.code === 'ECONNRESET' || !client.writable) return void client.destroy();
  sendRawAnswer(client, CLIENT_ERRORS[error.code ?? ''] ?? { status: 400, category: 'bad-request', text: 'this is not a well-formed HTTP request' });
}

const CLIENT_ERRORS: Readonly<Record<string, Answer>> = {
  HPE_HEADER_OVERFLOW: { status: 431, category: 'bad-request', text: 'the head of the request is too large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, category: 'bad-request', text: 'the head of the request took too long' },
};
