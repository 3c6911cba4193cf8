import type { Socket as DatagramSocket } from 'node:dgram';
import type { Server, Socket } from 'node:net';

import * as packet from 'dns-packet';

import { canonicalHost } from '../policy';
import type { NetworkJudge } from './destination';
import type { NameAddresses } from './name-addresses';

/** Seconds that a client may remember an answer: short, because a policy can change while a program runs. */
const TTL_SECONDS = 30;
/** RFC 1035 §4.2.1; our answers are far smaller. */
const MAX_QUERY_BYTES = 512;
/** Idle TCP clients are let go. */
const TCP_IDLE_MS = 10_000;
/** dns-packet wants flags as bits: authoritative and recursion available (RFC 1035 §4.1.1). */
const ANSWER_FLAGS = packet.AUTHORITATIVE_ANSWER | packet.RECURSION_AVAILABLE;
const NXDOMAIN = 3;
const REFUSED = 5;

export interface DnsResponder {
  serveUdp(socket: DatagramSocket): void;
  serveTcp(server: Server): void;
}

/**
 * Answers for allowed names with an address that stands for the name, for all others that they do not exist. No query ever
 * leaves the host for a name that is not allowed, so nothing can be told to the outside in a name.
 */
export function createDnsResponder(judge: NetworkJudge, addresses: NameAddresses): DnsResponder {
  return {
    serveUdp(socket) {
      socket.on('message', (message, client) => {
        const answer = message.length <= MAX_QUERY_BYTES ? answerQuery(message, judge, addresses) : undefined;
        if (answer) socket.send(answer, client.port, client.address);
      });
      socket.on('error', ignoreError);
    },
    serveTcp(server) {
      server.on('connection', (connection) => serveConnection(connection, judge, addresses));
    },
  };
}

/** RFC 1035 §4.2.2: each message behind its length in two bytes. */
function serveConnection(connection: Socket, judge: NetworkJudge, addresses: NameAddresses): void {
  let pending: Buffer = Buffer.alloc(0);
  connection.setTimeout(TCP_IDLE_MS, () => connection.destroy());
  connection.on('error', ignoreError);
  connection.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (let size = nextQuerySize(pending); size !== undefined && !connection.destroyed; size = nextQuerySize(pending)) {
      const answer = size > MAX_QUERY_BYTES ? undefined : answerQuery(pending.subarray(2, 2 + size), judge, addresses);
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

/** Undefined: not a query that can be answered at all. */
export function answerQuery(message: Buffer, judge: NetworkJudge, addresses: NameAddresses): Buffer | undefined {
  const query = decodeQuery(message);
  const [question] = query?.questions ?? [];
  if (query === undefined || question === undefined || query.questions?.length !== 1) return undefined;
  const respond = (code: number, answers: packet.Answer[] = []): Buffer =>
    packet.encode({ type: 'response', id: query.id ?? 0, flags: ANSWER_FLAGS | code | (query.flags ?? 0) & packet.RECURSION_DESIRED, questions: [question], answers });
  const name = canonicalHost(question.name);
  if (question.type === 'PTR') return respond(NXDOMAIN);
  if (name === 'localhost' || name?.endsWith('.localhost') === true) return respond(0, question.type === 'A' ? [addressRecord(question.name, '127.0.0.1')] : []);
  const decision = judge.resolve(question.name);
  if (name === undefined || decision.outcome === 'deny') {
    judge.report({ operation: 'resolve', source: 'dns', target: name ?? question.name, decision });
    return respond(name === undefined ? REFUSED : NXDOMAIN);
  }
  return respond(0, question.type === 'A' ? [addressRecord(question.name, addresses.addressFor(name))] : []);
}

function decodeQuery(message: Buffer): packet.Packet | undefined {
  try {
    const decoded = packet.decode(message);
    return decoded.type === 'query' ? decoded : undefined;
  } catch {
    return undefined;
  }
}

function addressRecord(name: string, address: string): packet.Answer {
  return { name, type: 'A', class: 'IN', ttl: TTL_SECONDS, data: address };
}

/** The client went away; there is nobody to tell. */
function ignoreError(): void {}
