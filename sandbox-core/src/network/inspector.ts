import type { Socket } from 'node:net';

import { hostMatcher, type Decision, type ResolvedPolicy } from '../policy';
import { AddressRefusedError, type Dial } from './dial';
import { describeDestination, type Caller, type Destination, type RequestJudge } from './destination';
import { firstBytes, protocolOf } from './first-bytes';
import { refusedDestination } from './http/answers';
import type { HttpFront } from './http/front';
import type { Join } from './join';
import { refuseClient } from './refuse-client';
import type { TlsTerminator } from './tls/terminate';

const HTTP_PORT = 80;
const HTTPS_PORT = 443;
/** How long a client may take for its first bytes where every connection has to be looked into. */
const FIRST_BYTES_TIMEOUT_MS = 10_000;
/** On other ports the server may have the first word: a client that says nothing for so long waits for it. */
const SILENCE_MS = 500;
/** What has to happen to connections to a destination before their bytes may pass. */
export interface Inspection {
  /** TLS is terminated. */
  readonly decrypt: boolean;
  /** Plain HTTP is read request by request. */
  readonly readHttp: boolean;
  /** Why what cannot be read must not pass; undefined: it may. */
  readonly opaque: Decision | undefined;
  /** Whether no more connections can be decrypted for now. */
  isFull(): boolean;
}

/** An allowed connection from the sandbox. */
export interface InspectedConnection {
  readonly client: Socket;
  readonly destination: Destination;
  readonly source: 'network' | 'proxy';
  readonly caller?: Caller;
}

export interface Inspector {
  /** Undefined: the connection is nobody's business but the program's and the server's. */
  inspectionOf(destination: Destination): Inspection | undefined;
  /** Takes over a connection from which nothing has been read, or into which it has been put back. */
  inspect(connection: InspectedConnection, inspection: Inspection): Promise<void>;
}

export interface InspectorOptions {
  readonly judge: RequestJudge;
  readonly policy: () => ResolvedPolicy;
  readonly dial: Dial;
  readonly join: Join;
  readonly front: HttpFront;
  readonly terminator: TlsTerminator | undefined;
  /** Whether plain requests have to be read whatever their host: something acts on each of them. */
  readonly readsEveryRequest: () => boolean;
  /** Whether plain requests to a host go to a parent proxy, which wants to see them as requests. */
  readonly hasHttpParent: (host: string) => boolean;
}

export function createInspector(options: InspectorOptions): Inspector {
  const { judge, policy, terminator } = options;
  return {
    inspectionOf(destination) {
      const { network } = policy().source;
      const hasRules = judge.hasRequestRules(destination);
      const decrypt = terminator !== undefined && !hostMatcher(network.tlsTerminate?.excludeDomains ?? [])(destination.host);
      const readHttp = hasRules || options.readsEveryRequest() || (destination.port === HTTP_PORT && options.hasHttpParent(destination.host));
      const opaque = network.refuseOpaqueTunnels === true ? opaqueDenied('/network/refuseOpaqueTunnels', 'a connection that cannot be looked into, and network.refuseOpaqueTunnels is set') : hasRules ? opaqueDenied('/network/requests', opaqueReason(decrypt)) : undefined;
      const isFull = (): boolean => decrypt && terminator.isFull();
      return decrypt || readHttp || opaque ? { decrypt, readHttp, opaque, isFull } : undefined;
    },
    inspect: (connection, inspection) => inspect(connection, inspection, options),
  };
}

function opaqueReason(decrypt: boolean): string {
  return `network.requests has rules for the host, and the connection cannot be looked into${decrypt ? '' : ' (it would need network.tlsTerminate)'}`;
}

function opaqueDenied(pointer: string, reason: string): Decision {
  return { outcome: 'deny', rule: { kind: 'policy', pointer }, reason, overridden: [] };
}

async function inspect(connection: InspectedConnection, inspection: Inspection, options: InspectorOptions): Promise<void> {
  const { client, destination } = connection;
  client.on('error', () => client.destroy());
  const mustSpeak = inspection.opaque !== undefined || destination.port === HTTPS_PORT || destination.port === HTTP_PORT;
  const start = await firstBytes(client, mustSpeak ? FIRST_BYTES_TIMEOUT_MS : SILENCE_MS);
  if (client.destroyed) return;
  if (start.length === 0 && !mustSpeak) return hearServer(connection, inspection, options);
  return treat(connection, inspection, start, options);
}

/** The client is silent: it waits for the server to speak, or is slow. Whoever speaks first tells. */
async function hearServer(connection: InspectedConnection, inspection: Inspection, options: InspectorOptions): Promise<void> {
  const { client } = connection;
  const upstream = await dialOrReset(connection, options);
  if (!upstream) return;
  const serverSpoke = new AbortController();
  for (const event of ['readable', 'close']) upstream.once(event, () => serverSpoke.abort());
  const start = await firstBytes(client, serverSpoke.signal);
  if (start.length === 0) {
    await options.join({ ...connection, upstream });
    return;
  }
  upstream.destroy();
  if (!client.destroyed) await treat(connection, inspection, start, options);
}

/** @param start what the client has said, still to be read */
function treat(connection: InspectedConnection, inspection: Inspection, start: Buffer, options: InspectorOptions): Promise<void> | void {
  const { client, destination } = connection;
  const protocol = protocolOf(start);
  if (protocol === 'tls' && inspection.decrypt && options.terminator) {
    if (options.terminator.isFull()) return void client.resetAndDestroy();
    return options.terminator.terminate(client, connection);
  }
  if (inspection.readHttp && protocol === 'http') return options.front.serve(client, { scheme: 'http', destination, source: connection.source, caller: connection.caller });
  if (inspection.opaque) return refuse(connection, inspection.opaque, start, options);
  return passOn(connection, options);
}

function refuse({ client, destination, source, caller }: InspectedConnection, decision: Decision, start: Buffer, { judge }: InspectorOptions): void {
  judge.report({ operation: 'connect', source, target: describeDestination(destination), decision, ...(caller && { caller }) });
  refuseClient(client, start, refusedDestination(destination, decision, 'blocked-by-sandbox-runtime'));
}

async function passOn(connection: InspectedConnection, options: InspectorOptions): Promise<void> {
  const upstream = await dialOrReset(connection, options);
  if (upstream) await options.join({ ...connection, upstream });
}

async function dialOrReset({ client, destination, source, caller }: InspectedConnection, { dial, judge }: InspectorOptions): Promise<Socket | undefined> {
  try {
    const upstream = await dial(destination, { paused: true });
    return upstream.on('error', () => upstream.destroy());
  } catch (error) {
    if (error instanceof AddressRefusedError) judge.report({ operation: 'connect', source, target: describeDestination(destination), decision: { ...judge.connect(destination), outcome: 'deny', reason: error.message }, ...(caller && { caller }) });
    client.resetAndDestroy();
    return undefined;
  }
}
