import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { getExtensionData, readTlsClientHello } from 'read-tls-client-hello';

import { canonicalHost, isAddress, printable, type Decision } from '../policy';
import { describeDestination, type Destination, type NetworkJudge } from './destination';

/** RFC 8446 §5.1 and §4: a record's header, a handshake message's header, and the numbers in them. */
const RECORD_HEADER = 5;
const RECORD_HANDSHAKE = 22;
const RECORD_MAX = 16_384;
const HANDSHAKE_HEADER = 4;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
/** Browsers send 2 KB; what is beyond this is no hello that a server would take. */
export const MAX_HELLO_BYTES = 64 * 1024;

/** What the start of a connection says about the server it is for. */
export type FirstBytes =
  | { readonly kind: 'other' }
  /** More is needed: this many bytes from the start. */
  | { readonly kind: 'incomplete'; readonly needed: number }
  | { readonly kind: 'hello'; readonly serverName?: string }
  /** A TLS handshake that no server name can be read from. */
  | { readonly kind: 'malformed' };

/** Reads a TLS ClientHello, over several records if need be. Never throws; looks at MAX_HELLO_BYTES at most. */
export async function readFirstBytes(bytes: Buffer): Promise<FirstBytes> {
  const joined = joinRecords(bytes);
  if ('kind' in joined) return joined;
  const record = Buffer.concat([Buffer.from([RECORD_HANDSHAKE, 3, 1, joined.hello.length >> 8, joined.hello.length & 0xff]), joined.hello]);
  const source = Readable.from([record], { objectMode: false });
  source.on('error', () => undefined);
  // Everything is there, so the parser is done within this turn of the event loop, or waits for bytes that do not come.
  const parsed = await Promise.race([readTlsClientHello(source).catch(() => undefined), nextTurn(undefined)]);
  source.destroy();
  if (!parsed) return { kind: 'malformed' };
  const names = parsed.extensions.filter(({ id }) => id === SERVER_NAME);
  if (names.length === 0) return { kind: 'hello' };
  const serverName = names.length === 1 ? getExtensionData(parsed, SERVER_NAME)?.serverName : undefined;
  return serverName === undefined ? { kind: 'malformed' } : { kind: 'hello', serverName };
}

/** The handshake message alone, out of the records that carry it. */
function joinRecords(bytes: Buffer): Exclude<FirstBytes, { kind: 'hello' }> | { readonly hello: Buffer } {
  if (bytes.length > 0 && bytes[0] !== RECORD_HANDSHAKE) return { kind: 'other' };
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    if (bytes.length < at + RECORD_HEADER) return incomplete(at + RECORD_HEADER);
    const size = bytes.readUInt16BE(at + 3);
    if (bytes[at] !== RECORD_HANDSHAKE || bytes[at + 1] !== 3 || size === 0 || size > RECORD_MAX) return { kind: 'malformed' };
    const end = at + RECORD_HEADER + size;
    if (bytes.length < end) return incomplete(end);
    parts.push(bytes.subarray(at + RECORD_HEADER, end));
    at = end;
    const message = Buffer.concat(parts);
    if (message[0] !== CLIENT_HELLO) return { kind: 'malformed' };
    const wanted = message.length < HANDSHAKE_HEADER ? HANDSHAKE_HEADER : HANDSHAKE_HEADER + message.readUIntBE(1, 3);
    if (wanted > RECORD_MAX * 3) return { kind: 'malformed' };
    if (message.length >= wanted) return { hello: message.subarray(0, wanted) };
  }
}

function incomplete(needed: number): Exclude<FirstBytes, { kind: 'hello' }> {
  return needed > MAX_HELLO_BYTES ? { kind: 'malformed' } : { kind: 'incomplete', needed };
}

/** `pass`, `refuse`, or how many bytes are needed to tell. */
export type HelloVerdict = 'pass' | 'refuse' | number;

export interface JudgedFirstBytes {
  readonly verdict: HelloVerdict;
  readonly denial?: { readonly target: string; readonly decision: Decision };
}

/**
 * Holds the server name of a TLS handshake against the name that was allowed: a content network serves many tenants at one
 * address, and this name picks the one (domain fronting). Another name passes if the policy allows it too. A connection to
 * an address that the policy lists by its number says nothing about names.
 */
export async function judgeFirstBytes(bytes: Buffer, destination: Destination, judge: NetworkJudge): Promise<JudgedFirstBytes> {
  const asked = canonicalHost(destination.host);
  const first = await readFirstBytes(bytes);
  if (first.kind === 'other' || asked === undefined || isAddress(asked) || asked === 'localhost') return { verdict: 'pass' };
  if (first.kind === 'incomplete') return { verdict: first.needed };
  const base = judge.connect(destination);
  const refuse = (target: Destination, decision: Decision, reason: string): JudgedFirstBytes => ({ verdict: 'refuse', denial: { target: describeDestination(target), decision: { ...decision, outcome: 'deny', reason } } });
  if (first.kind === 'malformed') return refuse(destination, base, 'its TLS handshake cannot be read, so it may be for another server');
  if (first.serverName === undefined || canonicalHost(first.serverName) === asked) return { verdict: 'pass' };
  const named = { host: first.serverName, port: destination.port };
  const decision = judge.connect(named);
  if (decision.outcome === 'allow') return { verdict: 'pass' };
  return refuse(named, decision, `a connection to ${describeDestination(destination)} carried a TLS handshake for it: ${printable(decision.reason, 200)}`);
}
