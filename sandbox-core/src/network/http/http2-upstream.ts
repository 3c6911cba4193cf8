import { connect, constants, type ClientHttp2Session, type Http2ServerRequest, type OutgoingHttpHeaders } from 'node:http2';

import { describeDestination } from '../destination';
import type { DialTls } from '../tls/dial-tls';
import { hostHeader, type AnyRequest } from './head';
import type { Forwarding, UpstreamAnswer } from './upstream';

/** A connection without requests is closed after this. */
const IDLE_MS = 60_000;
/** Servers that are remembered, whether or not they speak HTTP/2. */
const MAX_SERVERS = 256;

export interface Http2Upstream {
  /** Whether the server speaks HTTP/2: found out by a handshake, then remembered. */
  serves(forwarding: Forwarding): Promise<boolean>;
  send(request: AnyRequest, forwarding: Forwarding, relay: (answer: UpstreamAnswer) => void): Promise<void>;
  close(): void;
}

/** Connections to HTTP/2 servers, one for each server and name, which all requests to it share. */
export function createHttp2Upstream(dialTls: DialTls): Http2Upstream {
  const sessions = new Map<string, Promise<ClientHttp2Session | undefined>>();

  const open = async (key: string, { destination, serverName, head }: Forwarding): Promise<ClientHttp2Session | undefined> => {
    const socket = await dialTls(destination, serverName, ['h2', 'http/1.1']);
    if (socket.alpnProtocol !== 'h2') return void socket.destroy();
    const session = connect(`https://${hostHeader(head)}`, { createConnection: () => socket });
    session.setTimeout(IDLE_MS, () => session.close());
    session.on('error', () => undefined); // its requests hear of it
    session.once('close', () => sessions.delete(key));
    session.once('goaway', () => sessions.delete(key));
    return session;
  };
  const sessionFor = (forwarding: Forwarding): Promise<ClientHttp2Session | undefined> => {
    const key = `${describeDestination(forwarding.destination)} ${forwarding.serverName}`;
    const known = sessions.get(key);
    if (known) return known;
    const opening = open(key, forwarding);
    sessions.set(key, opening);
    opening.catch(() => sessions.delete(key));
    if (sessions.size > MAX_SERVERS) sessions.delete(sessions.keys().next().value ?? '');
    return opening;
  };
  return {
    serves: async (forwarding) => (await sessionFor(forwarding)) !== undefined,
    async send(request, forwarding, relay) {
      const session = await sessionFor(forwarding);
      if (!session) throw new Error('the server no longer speaks HTTP/2');
      await sendOver(session, request as Http2ServerRequest, forwarding, relay); // only HTTP/2 requests are sent here
    },
    close() {
      for (const session of sessions.values()) void session.then((open_) => open_?.destroy(), () => undefined);
    },
  };
}

function sendOver(session: ClientHttp2Session, request: Http2ServerRequest, { head, headers, body }: Forwarding, relay: (answer: UpstreamAnswer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const fields = Object.entries(headers).filter(([name]) => !name.startsWith(':') && name !== 'host' && name !== 'connection');
    const stream = session.request({ ...(Object.fromEntries(fields) as OutgoingHttpHeaders), ':method': head.method, ':path': head.target, ':scheme': head.scheme, ':authority': hostHeader(head) }); // values as Node parsed them
    let trailers: Readonly<Record<string, unknown>> = {};
    stream.once('error', reject);
    stream.once('close', resolve);
    stream.once('trailers', (received: Readonly<Record<string, unknown>>) => void (trailers = received));
    stream.once('response', (answer) => relay({ status: answer[':status'] ?? 502, headers: answer, body: stream, trailers: () => trailers }));
    request.stream.once('close', () => stream.closed || stream.close(constants.NGHTTP2_CANCEL));
    if (body) body.pipe(stream);
    else stream.end();
  });
}
