import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Transform, type Readable } from 'node:stream';

import { isAmbiguousTarget, normalizeTarget, type Decision, type Policy, type ResolvedPolicy } from '../../policy';
import type { NetworkRecorder } from '../activity';
import { AddressRefusedError } from '../dial';
import type { Caller, Destination, RequestJudge } from '../destination';
import { ServerNotTrustedError } from '../tls/dial-tls';
import { isAnswer, refusedByRule, refusedDestination, sendAnswer, sendRawAnswer, type Answer } from './answers';
import { askFilter, type RequestFilter } from './filter';
import { describeRequest, parseAuthority, readHead, type AnyRequest, type Origin, type RequestHead } from './head';
import type { CredentialInjection } from './injection';
import { certificateName, type AnyResponse, type Forwarding, type Tally, type Upstream } from './upstream';

export interface HttpHandlerOptions {
  readonly judge: RequestJudge;
  readonly policy: () => ResolvedPolicy;
  readonly upstream: Upstream;
  readonly record: NetworkRecorder['add'];
  readonly injection: CredentialInjection;
  readonly filter?: RequestFilter | undefined;
}

/**
 * Takes every HTTP request that the engine can read, wherever it came from: the proxy port, a plain connection, a decrypted
 * one. Each request is judged for itself, by where it goes and by what it asks; then it is sent on.
 */
export interface HttpHandler {
  request(request: AnyRequest, response: AnyResponse, client: HttpClient): Promise<void>;
  upgrade(request: IncomingMessage, socket: Socket, early: Buffer, client: HttpClient): Promise<void>;
}

/** Where a request came from. */
export interface HttpClient {
  /** Where the connection leads to; without, the request has to name it: a proxy's request. */
  readonly origin?: Origin | undefined;
  readonly caller?: Caller | undefined;
}

export function createHttpHandler(options: HttpHandlerOptions): HttpHandler {
  return {
    async request(request, response, client) {
      const { origin } = client;
      const own = { ...options, judge: onBehalfOf(client, options.judge) };
      try {
        const judged = await judgeRequest(request, origin, own);
        if (isAnswer(judged)) return sendAnswer(response, judged);
        recordRequest(response, judged, client, options);
        await options.upstream.web(request, response, judged);
      } catch (error) {
        sendAnswer(response, explainFailure(error, request, origin, own));
      }
    },
    async upgrade(request, socket, early, client) {
      const { origin } = client;
      const own = { ...options, judge: onBehalfOf(client, options.judge) };
      socket.on('error', () => socket.destroy());
      try {
        if (request.headers.upgrade?.toLowerCase() !== 'websocket') return sendRawAnswer(socket, { status: 400, category: 'bad-request', text: 'only WebSocket upgrades are passed on: behind any other, requests would go unseen' });
        const judged = await judgeRequest(request, origin, own);
        if (isAnswer(judged)) return sendRawAnswer(socket, judged);
        recordUpgrade(socket, judged, client, options);
        await options.upstream.upgrade(request, socket, early, judged);
      } catch (error) {
        sendRawAnswer(socket, explainFailure(error, request, origin, own));
      }
    },
  };
}

/** The judge, told who asks. */
function onBehalfOf({ caller }: HttpClient, judge: RequestJudge): RequestJudge {
  return caller ? { ...judge, admit: (destination) => judge.admit(destination, caller), report: (denial) => judge.report({ ...denial, caller }) } : judge;
}

function recordRequest(response: AnyResponse, { head, destination, tally }: Forwarding, { origin, caller }: HttpClient, { record }: HttpHandlerOptions): void {
  const startedAt = performance.now();
  response.once('close', () => {
    const path = head.target.replace(/\?.*$/s, ''); // a query may hold secrets
    const reason = response.writableFinished ? undefined : 'the answer was not complete';
    record({ event: 'request', destination, source: origin?.source ?? 'proxy', sent: tally.sent, received: tally.received, milliseconds: Math.round(performance.now() - startedAt), reason, caller, request: { method: head.method, path, status: response.statusCode } });
  });
}

/** A WebSocket, in both directions and with its heads. */
function recordUpgrade(socket: Socket, { destination }: Forwarding, { origin, caller }: HttpClient, { record }: HttpHandlerOptions): void {
  const [startedAt, read, written] = [performance.now(), socket.bytesRead, socket.bytesWritten];
  socket.once('close', () => record({ event: 'connection', destination, source: origin?.source ?? 'proxy', sent: socket.bytesRead - read, received: socket.bytesWritten - written, milliseconds: Math.round(performance.now() - startedAt), caller }));
}

async function judgeRequest(request: AnyRequest, origin: Origin | undefined, options: HttpHandlerOptions): Promise<Forwarding | Answer> {
  const head = readHead(request, origin);
  if (isAnswer(head)) return head;
  const destination = origin?.destination ?? head.authority;
  const { network } = options.policy().source;
  const refused = refuseMethod(head) ?? (await refuseDestination(head, destination, origin, request, options)) ?? refuseByRules(head, destination, options) ?? refuseAmbiguous(head, destination, options);
  if (refused) return refused;
  const target = network.ambiguousRequestTarget === 'normalize' && options.filter && isAmbiguousTarget(head.target) ? normalizeTarget(head.target) : head.target;
  const filtered = await applyFilter({ ...head, target }, destination, origin, request, options);
  if (isAnswer(filtered)) return filtered;
  const injected = await options.injection.prepare({ head: { ...head, target }, destination, headers: filtered, body: request });
  if (isAnswer(injected)) return reported(injected, head, options);
  const tally: Tally = { sent: 0, received: 0 };
  return {
    head: { ...head, target },
    destination,
    serverName: certificateName(destination, origin?.serverName),
    headers: injected.headers,
    body: hasBody(request) ? counted(injected.body ?? request, tally) : undefined,
    tally,
    editHeaders: (headers) => {
      stripHeaders(headers, network.stripResponseHeaders ?? []);
      injected.hideInHeaders(headers);
    },
    editBody: injected.hideInBody,
  };
}

function hasBody(request: AnyRequest): boolean {
  if ('stream' in request) return !request.stream.endAfterHeaders;
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

function counted(body: Readable, tally: Tally): Readable {
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      tally.sent += chunk.length;
      done(null, chunk);
    },
  });
  body.on('error', (error) => counter.destroy(error));
  // A client may go at any time. Whoever reads the counter sees that it ended early; who does not need not know.
  counter.on('error', () => undefined);
  return body.pipe(counter);
}

/** TRACE answers with the request itself, and so with what was put into it on the way. */
function refuseMethod({ method }: RequestHead): Answer | undefined {
  return method === 'TRACE' || method === 'TRACK' ? { status: 405, category: 'bad-request', text: `${method} is not passed on` } : undefined;
}

async function refuseDestination(head: RequestHead, destination: Destination, origin: Origin | undefined, request: AnyRequest, { judge, policy }: HttpHandlerOptions): Promise<Answer | undefined> {
  const decision = await judge.admit(destination);
  if (decision.outcome === 'deny') {
    judge.report({ operation: 'request', source: 'proxy', target: describeRequest(head), decision });
    return refusedDestination(destination, decision, 'blocked-by-allowlist');
  }
  const named = [head.authority, ...(origin?.serverName === undefined ? [] : [{ host: origin.serverName, port: destination.port }]), ...(origin ? [] : hostOf(request))];
  const other = named.find(({ host, port }) => host !== destination.host || port !== destination.port);
  if (!other) return undefined;
  if (policy().source.network.requireHostMatch === true) return misdirected(head, { outcome: 'deny', rule: { kind: 'policy', pointer: '/network/requireHostMatch' }, reason: `the request names another host than ${destination.host}`, overridden: [] }, judge);
  // Behind shared servers the name in the request decides who answers: it has to be allowed like the connection.
  const refused = origin ? named.map((each) => judge.connect(each)).find(({ outcome }) => outcome === 'deny') : undefined;
  return refused && misdirected(head, { ...refused, reason: `${other.host}: ${refused.reason}` }, judge);
}

function hostOf({ headers }: AnyRequest): Destination[] {
  return headers.host === undefined ? [] : [parseAuthority(headers.host, 80) ?? { host: headers.host, port: 0 }];
}

function misdirected(head: RequestHead, decision: Decision, judge: RequestJudge): Answer {
  judge.report({ operation: 'request', source: 'proxy', target: describeRequest(head), decision });
  return refusedByRule(describeRequest(head), decision, 'blocked-by-sandbox-runtime', 421);
}

function refuseByRules(head: RequestHead, destination: Destination, { judge }: HttpHandlerOptions): Answer | undefined {
  const questions = [destination, head.authority].map(({ host, port }) => judge.request({ host, port, method: head.method, path: head.target }));
  const decision = questions.find(({ outcome }) => outcome === 'deny');
  if (!decision) return undefined;
  judge.report({ operation: 'request', source: 'proxy', target: describeRequest(head), decision });
  return refusedByRule(describeRequest(head), decision, 'blocked-by-allowlist');
}

/** A rule or a filter that is shown one path while the server serves another is none. */
function refuseAmbiguous(head: RequestHead, { host, port }: Destination, { judge, policy, filter }: HttpHandlerOptions): Answer | undefined {
  if (!isAmbiguousTarget(head.target)) return undefined;
  const choice = policy().source.network.ambiguousRequestTarget ?? 'refuse';
  if (!judge.hasRequestRules({ host, port }) && !(filter && choice === 'refuse')) return undefined;
  return { status: 400, category: 'ambiguous-request-target', text: 'the path has dot segments, a backslash or several slashes in front, so servers may read it in different ways; spell it out' };
}

async function applyFilter(head: RequestHead, destination: Destination, origin: Origin | undefined, request: AnyRequest, { filter, judge, policy }: HttpHandlerOptions): Promise<IncomingHttpHeaders | Answer> {
  const headers = { ...request.headers };
  delete headers.expect; // answered already
  if (!filter) return headers;
  const result = await askFilter(filter, { head, target: destination, serverName: origin?.serverName, headers, rawHeaders: request.rawHeaders });
  const set = result.action === 'allow' ? (result.setHeaders ?? {}) : {};
  const rule = { kind: 'built-in', name: 'request-filter' } as const;
  if (result.action === 'deny') {
    const decision: Decision = { outcome: 'deny', rule, reason: result.reason ?? 'denied by the request filter', overridden: [] };
    judge.report({ operation: 'request', source: 'proxy', target: describeRequest(head), decision });
    return refusedByRule(describeRequest(head), decision, 'blocked-by-sandbox-runtime', result.status);
  }
  if (head.scheme === 'http' && Object.keys(set).length > 0 && policy().source.network.allowPlaintextHeaderSet !== true)
    return { status: 403, category: 'blocked-by-sandbox-runtime', text: 'headers are not added to an unencrypted request (network.allowPlaintextHeaderSet)', rule: '/network/allowPlaintextHeaderSet' };
  for (const name of result.removeHeaders ?? []) delete headers[name.toLowerCase()];
  for (const [name, value] of Object.entries(set)) headers[name.toLowerCase()] = value;
  return headers;
}

function reported(answer: Answer, head: RequestHead, { judge }: HttpHandlerOptions): Answer {
  const rule = { kind: 'policy', pointer: answer.rule ?? '/credentials' } as const;
  judge.report({ operation: 'request', source: 'proxy', target: describeRequest(head), decision: { outcome: 'deny', rule, reason: answer.text, overridden: [] } });
  return answer;
}

/** srt: names compare without case, and `-`, `_` and `.` are one. */
function stripHeaders(headers: Record<string, unknown>, names: NonNullable<Policy['network']['stripResponseHeaders']>): void {
  if (names.length === 0) return;
  const folded = (name: string): string => name.toLowerCase().replace(/[-_.]/g, '-');
  const stripped = new Set(names.map(folded));
  for (const name of Object.keys(headers)) if (stripped.has(folded(name))) delete headers[name];
}

function explainFailure(error: unknown, request: AnyRequest, origin: Origin | undefined, { judge }: HttpHandlerOptions): Answer {
  if (error instanceof AddressRefusedError) {
    const head = readHead(request, origin);
    // The rule is the one that allows the name: it is where the address would have to be allowed too.
    if (!isAnswer(head)) judge.report({ operation: 'request', source: 'proxy', target: describeRequest(head), decision: { ...judge.connect(origin?.destination ?? head.authority), outcome: 'deny', reason: error.message } });
    return { status: 403, category: 'blocked-by-sandbox-runtime', text: `blocked by the sandbox: ${error.message}`, phrase: error.message };
  }
  if (error instanceof ServerNotTrustedError) return { status: 502, category: 'upstream', text: error.message };
  return { status: 502, category: 'upstream', text: 'cannot reach the server' };
}
