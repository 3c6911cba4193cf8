import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { Duplex } from 'node:stream';

import type { Decision } from '../../policy';
import { describeDestination, type Destination } from '../destination';

/**
 * What the proxy itself has to say to a client, instead of a server.
 *
 * @property category value of X-Proxy-Error, as sandbox-runtime has it: `blocked-by-allowlist`, `blocked-by-sandbox-runtime`,
 * `bad-request`, `ambiguous-request-target`, `too-many-tunnels`, `upstream`
 * @property rule JSON pointer of the rule, for X-Srt-Rule
 */
export interface Answer {
  readonly status: number;
  readonly category: string;
  readonly text: string;
  readonly rule?: string;
  /** In place of the usual words of the status line: all that some clients show of an answer to CONNECT. */
  readonly phrase?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function isAnswer(value: object): value is Answer {
  return 'category' in value;
}

/** The answer for something that a rule of the policy refused. */
export function refusedByRule(what: string, decision: Decision, category: string, status = 403): Answer {
  return { status, category, text: `${what} is blocked by the sandbox policy: ${decision.reason}`, ...ruleOf(decision), phrase: decision.reason };
}

export function refusedDestination(destination: Destination, decision: Decision, category: string): Answer {
  return refusedByRule(describeDestination(destination), decision, category);
}

function ruleOf({ rule }: Decision): { readonly rule: string } {
  return { rule: rule.kind === 'built-in' ? rule.name : rule.pointer };
}

export function sendAnswer(response: ServerResponse | Http2ServerResponse, answer: Answer): void {
  if (response.headersSent) return void response.destroy();
  const body = `${answer.text}\n`;
  const headers: Record<string, string | number> = { ...answerHeaders(answer), 'content-length': Buffer.byteLength(body) };
  // Node would wait for the rest of a body that nobody reads before it looks at the next request.
  if (response.req.httpVersionMajor < 2 && !response.req.complete) headers['connection'] = 'close';
  // Many programs show the status line and nothing else; HTTP/2 has none.
  if (answer.phrase !== undefined && 'statusMessage' in response && response.req.httpVersionMajor < 2) response.statusMessage = headerText(answer.phrase);
  response.writeHead(answer.status, headers);
  response.end(body);
}

/** For a connection that has no response object: a tunnel, an upgrade, something that is not HTTP. */
export function sendRawAnswer(client: Duplex, answer: Answer): void {
  const body = `${answer.text}\n`;
  const headers = { ...answerHeaders(answer), 'content-length': String(Buffer.byteLength(body)), connection: 'close' };
  const phrase = answer.phrase === undefined ? (STATUS_CODES[answer.status] ?? 'Error') : headerText(answer.phrase);
  client.end(`HTTP/1.1 ${answer.status} ${phrase}\r\n${Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`);
}

function answerHeaders({ category, rule, headers }: Answer): Record<string, string> {
  return { ...headers, 'X-Proxy-Error': category, ...(rule !== undefined && { 'X-Srt-Rule': headerText(rule) }), 'Content-Type': 'text/plain; charset=utf-8' };
}

/** A reason may come from the policy's author; a header is one line of ASCII. */
function headerText(reason: string): string {
  return reason.replace(/[^\x20-\x7e]+/g, '?').slice(0, 500);
}
