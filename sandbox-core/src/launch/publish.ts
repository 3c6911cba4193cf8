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

interface Destination {
  readonly relay: PodRelay;
  readonly port: number;
}

interface PublishRequest {
  readonly port: number;
  /** 0: any free one. */
  readonly hostPort: number;
}

/** What sessions publish their ports with. A port of the host leads to the session that published it last, and to the one before again when that one lets go. */
export interface Publisher {
  publish(relay: PodRelay, request: PublishRequest): Promise<PublishedPort>;
}

export function createPublisher(): Publisher {
  const held = new Map<number, HeldPort>();
  return {
    async publish(relay, { port, hostPort }) {
      const known = held.get(hostPort);
      if (known?.destinations.some((destination) => destination.relay === relay)) throw portUnavailable(hostPort, 'it leads to a port of this sandbox already');
      const opened = known ?? (await openPort(hostPort));
      held.set(opened.hostPort, opened);
      const destination: Destination = { relay, port };
      opened.destinations.push(destination);
      const close = (): void => {
        const at = opened.destinations.indexOf(destination);
        if (at === -1) return; // closed before
        opened.destinations.splice(at, 1);
        if (opened.destinations.length > 0) return;
        held.delete(opened.hostPort);
        opened.close();
      };
      return { port, hostPort: opened.hostPort, close };
    },
  };
}

/** @property destinations the last one is where it leads */
interface HeldPort {
  readonly hostPort: number;
  readonly destinations: Destination[];
  close(): void;
}

/** On the host's loopback alone: what a sandboxed server answers is for this machine. */
async function openPort(hostPort: number): Promise<HeldPort> {
  const destinations: Destination[] = [];
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (client) => {
    client.on('error', () => client.destroy());
    const destination = destinations.at(-1);
    if (!destination?.relay.publish(client, destination.port)) client.resetAndDestroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(portUnavailable(hostPort, error.code === 'EADDRINUSE' ? 'another program listens there' : (error.code ?? error.message), error)));
    server.listen(hostPort, HOST_LOOPBACK, resolve);
  });
  return { hostPort: (server.address() as AddressInfo).port, destinations, close: () => server.close() };
}

function portUnavailable(port: number, found: string, cause?: Error): SandboxError {
  return new SandboxError('port-unavailable', `cannot publish on ${HOST_LOOPBACK} port ${port}: ${found}. Choose another one (--publish PORT:HOSTPORT)`, { cause });
}
