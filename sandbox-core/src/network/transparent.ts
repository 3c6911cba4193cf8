import type { Server, Socket } from 'node:net';

import type { Callers } from './callers';
import type { Destination } from './destination';
import { isNameAddress, type NameAddresses } from './name-addresses';
import type { OpenTunnel } from './tunnel';

export interface TransparentOptions {
  readonly openTunnel: OpenTunnel;
  readonly addresses: NameAddresses;
  readonly callers: Callers;
}

/**
 * Serves a listener inside the sandbox's network. Every address leads there, so the connection's own local address is the
 * destination that the program wanted: an address that stands for a name, or a plain one.
 */
export function serveTransparent(server: Server, options: TransparentOptions): void {
  server.on('connection', (connection: Socket) => serveConnection(connection, destinationOf(connection, options.addresses), options));
}

/** Serves a port of the sandbox's own loopback by the same port of the host's. */
export function serveHostLoopback(server: Server, port: number, options: TransparentOptions): void {
  server.on('connection', (connection: Socket) => serveConnection(connection, { host: 'localhost', port }, options));
}

function serveConnection(connection: Socket, destination: Destination | undefined, { openTunnel, callers }: TransparentOptions): void {
  connection.on('error', () => connection.destroy());
  if (destination === undefined) return void connection.resetAndDestroy();
  const caller = callers.take(connection.localAddress ?? '', connection.localPort ?? 0);
  void openTunnel({
    client: connection,
    destination,
    source: 'network',
    ...(caller && { caller }),
    opened: () => Promise.resolve(),
    refused: () => void connection.resetAndDestroy(),
  });
}

/** Undefined: an address that stood for a name which is no longer remembered. */
function destinationOf(connection: Socket, addresses: NameAddresses): Destination | undefined {
  const { localAddress = '', localPort = 0 } = connection;
  const name = addresses.nameOf(localAddress);
  if (name !== undefined) return { host: name, port: localPort };
  return isNameAddress(localAddress) ? undefined : { host: localAddress, port: localPort };
}
