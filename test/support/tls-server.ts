import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { createServer } from 'node:https';
import { connect, type Server, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';

import { createAuthority } from 'sandbox-core/internal/network/tls/authority';
import { canonicalHost } from 'sandbox-core/policy';

import { listen } from './raw-socket';
import type { Cleanup } from './temporary';

export interface TlsServer {
  readonly port: number;
  /** The CA that its certificates rest on, PEM. */
  readonly ca: string;
  readonly server: Server;
}

export type ServeTls = (request: IncomingMessage | Http2ServerRequest, response: (ServerResponse & { req: IncomingMessage }) | Http2ServerResponse) => void;

/** A server on loopback with a certificate for whatever name it is asked for; HTTP/1.1, and HTTP/2 unless told otherwise. */
export async function tlsServer(context: Cleanup, serve: ServeTls, protocols: readonly string[] = ['h2', 'http/1.1']): Promise<TlsServer> {
  const authority = await createAuthority();
  const SNICallback = (name: string, done: (error: Error | null, context?: SecureContext) => void): void => void authority.contextFor(canonicalHost(name)!).then((found) => done(null, found));
  const server = protocols.includes('h2') ? createSecureServer({ allowHTTP1: true, SNICallback }, serve) : createServer({ SNICallback }, serve);
  return { port: await listen(server, context), ca: authority.certificate, server };
}

/** A tunnel of the proxy, opened. */
export function openTunnel(proxyPort: number, target: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(proxyPort, '127.0.0.1', () => socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`));
    socket.once('error', reject);
    socket.once('data', (head: Buffer) => (head.toString('latin1').startsWith('HTTP/1.1 200') ? resolve(socket) : reject(new Error(head.toString('latin1')))));
  });
}

/** A TLS connection through a tunnel of the proxy, trusting one CA. */
export async function connectThroughTunnel(proxyPort: number, target: string, options: { readonly ca: string; readonly name: string; readonly protocols?: readonly string[] }): Promise<TLSSocket> {
  const secure = connectTls({ socket: await openTunnel(proxyPort, target), servername: options.name, ca: options.ca, ALPNProtocols: [...(options.protocols ?? ['http/1.1'])] });
  await once(secure, 'secureConnect');
  return secure;
}

/** Sends text on an open connection and resolves with everything that comes until it ends. */
export function converse(socket: TLSSocket, text: string): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (received += chunk));
    socket.once('close', () => resolve(received));
    socket.write(text);
  });
}

