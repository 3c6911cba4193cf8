import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import httpProxy from 'http-proxy';

import { canonicalHost, type Decision } from '../policy';
import { AddressRefusedError, type Dial } from './dial';
import { describeDestination, type Destination, type NetworkJudge } from './destination';
import type { Join } from './join';
import { isAdmitted, type ProxyCredentials } from './proxy-credentials';

/** A client that has not sent its whole head by then is let go. */
const HEAD_TIMEOUT_MS = 30_000;
/** RFC 9110 §7.6.1, and those that proxies are addressed with. */
const HOP_BY_HOP = ['connection', 'proxy-connection', 'proxy-authorization', 'proxy-authenticate', 'keep-alive', 'te', 'trailer', 'upgrade'];

export interface ForwardProxyOptions {
  readonly judge: NetworkJudge;
  readonly dial: Dial;
  readonly join: Join;
  /** Whoever does not give these is told to, and gets no further. */
  readonly credentials?: ProxyCredentials;
}

/**
 * An HTTP proxy for programs that are told to use one: CONNECT and absolute-form requests (RFC 9110 §9.3.6, RFC 9112
 * §3.2.2). Every request of a kept-alive connection is judged for itself.
 */
export function createForwardProxy(options: ForwardProxyOptions): Server {
  const agent = createDialingAgent(options.dial);
  const forwarder = httpProxy.createProxyServer({ agent, xfwd: false });
  forwarder.on('error', (error, _request, response) => answerFailure(response, error));
  const server = createServer({ headersTimeout: HEAD_TIMEOUT_MS, requestTimeout: 0, insecureHTTPParser: false });
  server.on('request', (request, response) => (isAdmitted(request.headers['proxy-authorization'], options.credentials) ? void forwardRequest(request, response, forwarder, options) : refuse(response, 407, 'authentication', NO_CREDENTIALS, CHALLENGE)));
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    if (isAdmitted(request.headers['proxy-authorization'], options.credentials)) void openTunnel(request, client, head, options);
    else refuseTunnel(client, 407, 'Proxy Authentication Required', 'authentication', NO_CREDENTIALS, CHALLENGE);
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  return server;
}

const NO_CREDENTIALS = 'this proxy belongs to a sandbox, which has its user name and password in HTTP_PROXY';
const CHALLENGE = { 'Proxy-Authenticate': 'Basic realm="srt"' };

async function forwardRequest(request: IncomingMessage, response: ServerResponse, forwarder: httpProxy, { judge }: ForwardProxyOptions): Promise<void> {
  const target = requestTarget(request);
  if (!target) return refuse(response, 400, 'bad-request', 'expected an absolute http:// URL: this is a proxy');
  const decision = await judge.admit(target.destination);
  if (decision.outcome === 'deny') {
    judge.report({ operation: 'request', source: 'proxy', target: `${request.method ?? 'GET'} ${target.shown}`, decision });
    return refuse(response, 403, 'blocked-by-allowlist', denialText(target.destination, decision));
  }
  for (const name of HOP_BY_HOP) delete request.headers[name];
  request.headers.host = target.authority;
  request.url = target.path;
  forwarder.web(request, response, { target: `http://${target.authority}`, prependPath: false });
}

interface RequestTarget {
  readonly destination: Destination;
  readonly authority: string;
  readonly path: string;
  /** Without the query, which may hold secrets. */
  readonly shown: string;
}

function requestTarget({ url = '' }: IncomingMessage): RequestTarget | undefined {
  if (!/^http:\/\//i.test(url) || !URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  const host = canonicalHost(parsed.hostname);
  if (host === undefined || parsed.username !== '' || parsed.password !== '') return undefined;
  const port = parsed.port === '' ? 80 : Number(parsed.port);
  return { destination: { host, port }, authority: parsed.host, path: parsed.pathname + parsed.search, shown: `http://${parsed.host}${parsed.pathname}` };
}

async function openTunnel(request: IncomingMessage, client: Duplex, head: Buffer, { judge, dial, join }: ForwardProxyOptions): Promise<void> {
  client.on('error', () => client.destroy());
  const destination = parseAuthority(request.url ?? '');
  if (!destination) return refuseTunnel(client, 400, 'Bad Request', 'bad-request', 'expected host:port');
  const decision = await judge.admit(destination);
  const deny = (refused: Decision, category: string): void => {
    judge.report({ operation: 'connect', source: 'proxy', target: describeDestination(destination), decision: refused });
    refuseTunnel(client, 403, headerText(refused.reason), category, denialText(destination, refused));
  };
  if (decision.outcome === 'deny') return deny(decision, 'blocked-by-allowlist');
  try {
    const upstream = await dial(destination, { paused: true });
    upstream.on('error', () => upstream.destroy());
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    void join({ client, upstream, destination, source: 'proxy', early: head });
  } catch (error) {
    if (error instanceof AddressRefusedError) return deny({ ...decision, outcome: 'deny', reason: error.message }, 'blocked-by-sandbox-runtime');
    refuseTunnel(client, 502, 'Bad Gateway', 'upstream', `cannot connect to ${describeDestination(destination)}`);
  }
}

/** `host:port`, `[v6]:port`; nothing else is a CONNECT target. */
function parseAuthority(text: string): Destination | undefined {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:\]]+)):([1-9][0-9]{0,4})$/.exec(text) ?? [];
  const host = canonicalHost(bracketed ?? plain ?? '');
  return host === undefined || Number(port) > 65535 ? undefined : { host, port: Number(port) };
}

/** Connections of forwarded requests go the same vetted way as all others. */
function createDialingAgent(dial: Dial): Agent {
  const agent = new Agent({ keepAlive: true });
  agent.createConnection = (options, callback) => {
    dial({ host: String(options.host), port: Number(options.port) }).then(
      (socket) => callback?.(null, socket),
      (error: unknown) => callback?.(error instanceof Error ? error : new Error(String(error)), undefined as never), // node:http ignores it beside an error
    );
    return undefined;
  };
  return agent;
}

function answerFailure(response: ServerResponse | Socket, error: Error): void {
  if (!('writeHead' in response)) return void response.destroy();
  if (response.headersSent) return void response.destroy();
  if (error instanceof AddressRefusedError) refuse(response, 403, 'blocked-by-sandbox-runtime', error.message);
  else refuse(response, 502, 'upstream', 'cannot reach the server');
}

function refuse(response: ServerResponse, status: number, category: string, text: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { ...headers, 'X-Proxy-Error': category, 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(text + '\n');
}

function refuseTunnel(client: Duplex, status: number, phrase: string, category: string, text: string, headers: Readonly<Record<string, string>> = {}): void {
  const body = text + '\n';
  const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  client.end(`HTTP/1.1 ${status} ${phrase}\r\n${more}X-Proxy-Error: ${category}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
}

function denialText(destination: Destination, { reason }: Decision): string {
  return `${describeDestination(destination)} is blocked by the sandbox policy: ${reason}`;
}

/** A reason may come from the policy's author; a status line is one line of ASCII. */
function headerText(reason: string): string {
  return reason.replace(/[^\x20-\x7e]+/g, '?').slice(0, 200);
}
