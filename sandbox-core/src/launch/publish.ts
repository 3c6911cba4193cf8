import { createServer, type AddressInfo } from 'node:net';

import { SandboxError } from '../errors';
import { printable } from '../policy';
import type { PodRelay } from './pod-relay';

const HOST_LOOPBACK = '127.0.0.1';

/** A port of the sandbox that programs on the host can reach. */
export interface PublishedPort {
  readonly port: number;
  readonly hostPort: number;
  close(): void;
}

const MAX_PORT = 65_535;

/** `port` or `port:hostPort`, as network.publish and --publish have it. */
export function parsePublishedPorts(text: string): { readonly port: number; readonly hostPort: number } {
  const [, inside = '', outside = inside] = /^([1-9][0-9]{0,4})(?::([1-9][0-9]{0,4}))?$/.exec(text) ?? [];
  const [port, hostPort] = [Number(inside), Number(outside)];
  if (inside === '' || port > MAX_PORT || hostPort > MAX_PORT) throw new SandboxError('usage', `expected a port to publish as PORT or PORT:HOSTPORT, each 1 to ${MAX_PORT}, got "${printable(text, 40)}"`);
  return { port, hostPort };
}

/** On the host's loopback alone: what a sandboxed server answers is for this machine. */
export async function publishPort(relay: PodRelay, { port, hostPort }: { readonly port: number; readonly hostPort: number }): Promise<PublishedPort> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (client) => {
    client.on('error', () => client.destroy());
    if (!relay.publish(client, port)) client.resetAndDestroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(portTaken(hostPort, error)));
    server.listen(hostPort, HOST_LOOPBACK, resolve);
  });
  return { port, hostPort: (server.address() as AddressInfo).port, close: () => server.close() };
}

function portTaken(port: number, error: NodeJS.ErrnoException): SandboxError {
  const found = error.code === 'EADDRINUSE' ? 'another program listens there' : (error.code ?? error.message);
  return new SandboxError('port-unavailable', `cannot publish on ${HOST_LOOPBACK} port ${port}: ${found}. Choose another one (--publish PORT:HOSTPORT)`, { cause: error });
}
