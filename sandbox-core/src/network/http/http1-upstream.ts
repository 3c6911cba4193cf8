import { Agent, request as sendHttp, type ClientRequest, type OutgoingHttpHeaders } from 'node:http';
import { Agent as TlsAgent, request as sendHttps } from 'node:https';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';

import type { Destination } from '../destination';
import type { ParentProxy } from '../parent-proxy';
import type { Routes } from '../route';
import type { DialTls } from '../tls/dial-tls';
import { hostHeader } from './head';
import type { AnyResponse, Forwarding, UpstreamAnswer } from './upstream';

/** What may be sent twice if the first time the connection turned out to be closed (RFC 9110 §9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

export interface Http1Upstream {
  readonly agents: Http1Agents;
  /** Resolves when the client's answer is closed; rejects if the server gave none. @param headers without those of one hop */
  send(response: AnyResponse, forwarding: Forwarding, headers: OutgoingHttpHeaders, relay: (answer: UpstreamAnswer) => void): Promise<void>;
  close(): void;
}

/** Their connections are kept, and go the same judged way as all others. */
export interface Http1Agents {
  readonly http: Agent;
  readonly https: TlsAgent;
  readonly parent: Agent;
}

/**
 * Requests over HTTP/1.1, on connections that are kept for the next request to the same server. With Node's own client: a
 * proxy library on top of it does as much work again for each request, and all that it would do is done here.
 */
export function createHttp1Upstream({ routes, dialTls }: { readonly routes: Routes; readonly dialTls: DialTls }): Http1Upstream {
  const agents: Http1Agents = {
    http: withConnections(new Agent({ keepAlive: true }), ({ host, port }) => routes.dial({ host, port })),
    https: withConnections(new TlsAgent({ keepAlive: true }), ({ host, port, servername }) => dialTls({ host, port }, servername, ['http/1.1'])),
    parent: withConnections(new Agent({ keepAlive: true }), ({ host }) => {
      const parent = routes.httpParent(host);
      return parent ? routes.openHttpParent(parent) : Promise.reject(new Error('no parent proxy'));
    }),
  };
  return {
    agents,
    async send(response, forwarding, headers, relay) {
      const { head, destination, body } = forwarding;
      const parent = head.scheme === 'http' ? routes.httpParent(destination.host) : undefined;
      const attempt = (): Promise<void> => exchange(beginRequest(forwarding, headers, agents, parent), body, response, relay);
      try {
        await attempt();
      } catch (error) {
        if (!(error instanceof ConnectionEndedError) || body || !IDEMPOTENT.has(head.method)) throw error;
        await attempt();
      }
    },
    close() {
      for (const agent of Object.values(agents) as readonly Agent[]) agent.destroy();
    },
  };
}

function beginRequest({ head, destination, serverName }: Forwarding, headers: OutgoingHttpHeaders, agents: Http1Agents, parent: ParentProxy | undefined): ClientRequest {
  const options = { host: destination.host, port: destination.port, method: head.method, setHost: false };
  // The server's name is part of the key under which an agent keeps a connection: one to a server must not serve for another.
  if (head.scheme === 'https') return sendHttps({ ...options, path: head.target, headers, agent: agents.https, servername: serverName });
  if (!parent) return sendHttp({ ...options, path: head.target, headers, agent: agents.http });
  // A parent proxy is told the whole URL (RFC 9112 §3.2.2).
  const authorized = parent.authorization === undefined ? headers : { ...headers, 'proxy-authorization': parent.authorization };
  return sendHttp({ ...options, path: `http://${hostHeader(head)}${head.target}`, headers: authorized, agent: agents.parent });
}

/** The server closed a kept connection just when it was to be used again. */
class ConnectionEndedError extends Error {}

function exchange(outgoing: ClientRequest, body: Readable | undefined, response: AnyResponse, relay: (answer: UpstreamAnswer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    outgoing.on('error', (error: NodeJS.ErrnoException) => reject(outgoing.reusedSocket && error.code === 'ECONNRESET' ? new ConnectionEndedError(error.message) : error));
    outgoing.once('response', (answer) => {
      relay({ status: answer.statusCode ?? 502, phrase: answer.statusMessage, headers: answer.headers, body: answer, trailers: () => answer.trailers });
      // Answered before it had read everything: the rest is of no use to it, and its connection of none to others.
      answer.once('close', () => {
        if (outgoing.writableFinished) return;
        body?.unpipe(outgoing).resume();
        outgoing.destroy();
      });
    });
    response.once('close', () => {
      if (!response.writableFinished) outgoing.destroy();
      resolve();
    });
    if (!body) return void outgoing.end();
    body.once('error', (error) => outgoing.destroy(error));
    body.pipe(outgoing);
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
