import type { Server, Socket } from 'node:net';

import type { Callers } from './callers';
import type { Destination, NetworkJudge } from './destination';
import { firstBytes } from './first-bytes';
import { refusedDestination } from './http/answers';
import { isNameAddress, type NameAddresses } from './name-addresses';
import { refuseClient } from './refuse-client';
import type { OpenTunnel, TunnelRefusal } from './tunnel';

/** How long a client that is refused may take to show what it speaks, so that it can be told in its own words. */
const FIRST_WORD_MS = 500;
/** On these ports the client has the first word, and a program that has just started may need a while for it. */
const CLIENT_SPEAKS_FIRST: ReadonlySet<number> = new Set([22, 80, 443, 8080, 8443, 9418]);
const PATIENT_FIRST_WORD_MS = 5_000;

export interface TransparentOptions {
  readonly openTunnel: OpenTunnel;
  readonly addresses: NameAddresses;
  readonly callers: Callers;
  readonly judge: Pick<NetworkJudge, 'connect'>;
}

/** What `localhost` stands for in the sandbox. */
const LOCALHOST_ADDRESSES: ReadonlySet<string> = new Set(['127.0.0.1', '::1']);

/**
 * Serves a listener inside the sandbox's network. Every address leads there, so the connection's own local address is the
 * destination that the program wanted: an address that stands for a name, or a plain one.
 */
export function serveTransparent(server: Server, options: TransparentOptions): void {
  server.on('connection', (connection: Socket) => serveConnection(connection, destinationOf(connection, options), options));
}

function serveConnection(connection: Socket, destination: Destination | undefined, { openTunnel, callers }: TransparentOptions): void {
  connection.on('error', () => connection.destroy());
  if (destination === undefined) return void connection.resetAndDestroy();
  const caller = callers.of(connection);
  void openTunnel({
    client: connection,
    destination,
    source: 'network',
    ...(caller && { caller }),
    opened: () => Promise.resolve(),
    refused: (refusal) => void refuse(connection, destination, refusal),
  });
}

async function refuse(connection: Socket, destination: Destination, refusal: TunnelRefusal): Promise<void> {
  if (refusal.kind === 'unreachable' || refusal.kind === 'busy') return void connection.resetAndDestroy();
  const start = await firstBytes(connection, CLIENT_SPEAKS_FIRST.has(destination.port) ? PATIENT_FIRST_WORD_MS : FIRST_WORD_MS);
  refuseClient(connection, start, refusedDestination(destination, refusal.decision, refusal.kind === 'policy' ? 'blocked-by-allowlist' : 'blocked-by-sandbox-runtime'));
}

/** Undefined: an address that stood for a name which is no longer remembered. */
function destinationOf(connection: Socket, { addresses, judge }: TransparentOptions): Destination | undefined {
  const { localAddress = '', localPort = 0 } = connection;
  const name = addresses.nameOf(localAddress);
  if (name !== undefined) return { host: name, port: localPort };
  if (isNameAddress(localAddress)) return undefined;
  const plain = { host: localAddress, port: localPort };
  return LOCALHOST_ADDRESSES.has(localAddress) ? localhostOr(plain, judge) : plain;
}

/** A listener is for every address, loopback too: what the policy allows of localhost holds there, unless an entry denies the address itself. */
function localhostOr(plain: Destination, judge: TransparentOptions['judge']): Destination {
  const local = { host: 'localhost', port: plain.port };
  const { outcome, rule } = judge.connect(plain);
  const isDenied = outcome === 'deny' && rule.kind === 'policy' && rule.pointer.startsWith('/network/denied');
  return !isDenied && judge.connect(local).outcome === 'allow' ? local : plain;
}
