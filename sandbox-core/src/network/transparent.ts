import type { Server, Socket } from 'node:net';

import { AddressRefusedError, type Dial } from './dial';
import { describeDestination, type Destination, type NetworkJudge } from './destination';
import { isNameAddress, type NameAddresses } from './name-addresses';
import { relay } from './relay';

export interface TransparentOptions {
  readonly judge: NetworkJudge;
  readonly dial: Dial;
  readonly addresses: NameAddresses;
}

/**
 * Serves a listener inside the sandbox's network. Every address leads there, so the connection's own local address is the
 * destination that the program wanted: an address that stands for a name, or a plain one.
 */
export function serveTransparent(server: Server, options: TransparentOptions): void {
  server.on('connection', (connection: Socket) => void serveConnection(connection, destinationOf(connection, options.addresses), options));
}

/** Serves a port of the sandbox's own loopback by the same port of the host's. */
export function serveHostLoopback(server: Server, port: number, options: TransparentOptions): void {
  server.on('connection', (connection: Socket) => void serveConnection(connection, { host: 'localhost', port }, options));
}

async function serveConnection(connection: Socket, destination: Destination | undefined, { judge, dial }: TransparentOptions): Promise<void> {
  connection.on('error', () => connection.destroy());
  if (destination === undefined) return void connection.resetAndDestroy();
  const decision = judge.connect(destination);
  const refuse = (reason?: string): void => {
    judge.report({ operation: 'connect', source: 'network', target: describeDestination(destination), decision: reason === undefined ? decision : { ...decision, outcome: 'deny', reason } });
    connection.resetAndDestroy();
  };
  if (decision.outcome === 'deny') return refuse();
  try {
    relay(connection, await dial(destination));
  } catch (error) {
    if (error instanceof AddressRefusedError) refuse(error.message);
    else connection.resetAndDestroy();
  }
}

/** Undefined: an address that stood for a name which is no longer remembered. */
function destinationOf(connection: Socket, addresses: NameAddresses): Destination | undefined {
  const { localAddress = '', localPort = 0 } = connection;
  const name = addresses.nameOf(localAddress);
  if (name !== undefined) return { host: name, port: localPort };
  return isNameAddress(localAddress) ? undefined : { host: localAddress, port: localPort };
}
