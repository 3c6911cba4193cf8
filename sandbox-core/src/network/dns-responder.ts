import type { Socket as DatagramSocket } from 'node:dgram';
import type { Server, Socket } from 'node:net';

import * as packet from 'dns-packet';

import { canonicalHost } from '../policy';
import type { Caller, NetworkJudge } from './destination';
import { createLookupCounter, type LookupCounter } from './lookups';
import type { AddressPair, NameAddresses } from './name-addresses';

/** Seconds that a client may remember an answer: short, because a policy can change while a program runs. */
const TTL_SECONDS = 30;
/** RFC 1035 §4.2.1; our answers are far smaller. */
const MAX_QUERY_BYTES = 512;
/** Idle TCP clients are let go, and those that ask without listening. */
const TCP_IDLE_MS = 10_000;
const TCP_MAX_UNREAD_BYTES = 64 * 1024;
/** Beyond, queries are dropped: a program that asks in a loop must not keep everything else from being served. */
const MAX_QUERIES_PER_SECOND = 10_000;
const NXDOMAIN = 3;
const REFUSED = 5;

export interface DnsOptions {
  readonly judge: NetworkJudge;
  readonly addresses: NameAddresses;
  /** Whether connections to IPv6 addresses arrive. */
  readonly ipv6: boolean;
  /** Who asked, as far as that is known. */
  readonly caller?: () => Caller | undefined;
  /** Of refused questions, those that are reported; all unless given. */
  readonly isNewLookup?: LookupCounter;
}

export interface DnsResponder {
  serveUdp(socket: DatagramSocket): void;
  serveTcp(server: Server): void;
}

/**
 * Answers for allowed names with an address that stands for the name, for all others that they do not exist. No query ever
 * leaves the host for a name that is not allowed, so nothing can be told to the outside in a name.
 */
export function createDnsResponder(given: Omit<DnsOptions, 'isNewLookup'>): DnsResponder {
  const options: DnsOptions = { ...given, isNewLookup: createLookupCounter() };
  const isWithinRate = createRateLimit(MAX_QUERIES_PER_SECOND);
  return {
    serveUdp(socket) {
      socket.on('message', (message, client) => {
        const answer = message.length <= MAX_QUERY_BYTES && isWithinRate() ? answerQuery(message, options) : undefined;
        if (answer) socket.send(answer, client.port, client.address);
      });
      socket.on('error', ignoreError);
    },
    serveTcp(server) {
      server.on('connection', (connection) => serveConnection(connection, options, isWithinRate));
    },
  };
}

/** RFC 1035 §4.2.2: each message behind its length in two bytes. */
function serveConnection(connection: Socket, options: DnsOptions, isWithinRate: () => boolean): void {
  let pending: Buffer = Buffer.alloc(0);
  connection.setTimeout(TCP_IDLE_MS, () => connection.destroy());
  connection.on('error', ignoreError);
  connection.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (let size = nextQuerySize(pending); size !== undefined && !connection.destroyed; size = nextQuerySize(pending)) {
      const canAnswer = size <= MAX_QUERY_BYTES && connection.writableLength < TCP_MAX_UNREAD_BYTES && isWithinRate();
      const answer = canAnswer ? answerQuery(pending.subarray(2, 2 + size), options) : undefined;
      if (!answer) connection.destroy();
      else connection.write(Buffer.concat([lengthPrefix(answer.length), answer]));
      pending = pending.subarray(2 + size);
    }
  });
}

/** The size of the next query if it is all there, or if it will be too large. */
function nextQuerySize(pending: Buffer): number | undefined {
  const size = pending.length < 2 ? undefined : pending.readUInt16BE(0);
  return size !== undefined && (size > MAX_QUERY_BYTES || pending.length >= 2 + size) ? size : undefined;
}

function lengthPrefix(size: number): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(size);
  return length;
}

function createRateLimit(perSecond: number): () => boolean {
  let second = 0;
  let count = 0;
  return () => {
    const now = Math.floor(performance.now() / 1000);
    if (now !== second) [second, count] = [now, 0];
    return ++count <= perSecond;
  };
}

/** Undefined: not a query that can be answered at all. */
export function answerQuery(message: Buffer, options: DnsOptions): Buffer | undefined {
  const query = decodeQuery(message);
  const [question] = query?.questions ?? [];
  if (query === undefined || question === undefined || query.questions?.length !== 1) return undefined;
  const respond = (code: number, answers: packet.Answer[] = []): Buffer =>
    // Flags as bits: RFC 1035 §4.1.1.
    packet.encode({ type: 'response', id: query.id ?? 0, flags: packet.AUTHORITATIVE_ANSWER | packet.RECURSION_AVAILABLE | code | (query.flags ?? 0) & packet.RECURSION_DESIRED, questions: [question], answers });
  const name = canonicalHost(question.name);
  if (question.type === 'PTR') return respond(NXDOMAIN);
  if (name === 'localhost' || name?.endsWith('.localhost') === true) return respond(0, addressRecords(question, { ipv4: '127.0.0.1', ipv6: '::1' }, options));
  if (name !== undefined && isServiceOfAllowed(name, options.judge)) return respond(0);
  const decision = options.judge.resolve(question.name);
  if (name === undefined || decision.outcome === 'deny') {
    const caller = options.caller?.();
    const target = name ?? question.name;
    if (options.isNewLookup?.(target, question.type, caller?.pid) !== false) options.judge.report({ operation: 'resolve', source: 'dns', target, decision, ...(caller && { caller }) });
    return respond(name === undefined ? REFUSED : NXDOMAIN);
  }
  return respond(0, addressRecords(question, options.addresses.addressesFor(name), options));
}

/** A program looks whether an allowed host has a record for a service, `_https._tcp.host` (RFC 2782): it has none, and nothing was refused. */
function isServiceOfAllowed(name: string, judge: NetworkJudge): boolean {
  const host = name.replace(/^(?:_[^.]+\.)+/, '');
  return host !== name && judge.resolve(host).outcome === 'allow';
}

function decodeQuery(message: Buffer): packet.Packet | undefined {
  try {
    const decoded = packet.decode(message);
    return decoded.type === 'query' ? decoded : undefined;
  } catch {
    return undefined;
  }
}

/** No record of another type: a name is known by its addresses alone. */
function addressRecords({ name, type }: packet.Question, { ipv4, ipv6 }: AddressPair, options: DnsOptions): packet.Answer[] {
  if (type === 'A') return [{ name, type, class: 'IN', ttl: TTL_SECONDS, data: ipv4 }];
  return type === 'AAAA' && options.ipv6 ? [{ name, type, class: 'IN', ttl: TTL_SECONDS, data: ipv6 }] : [];
}

/** The client went away; there is nobody to tell. */
function ignoreError(): void {}
