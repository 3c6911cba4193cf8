import type { Server } from 'node:net';

import { GATEWAY_ADDRESS } from '../network/name-addresses';
import type { Egress } from '../network/egress';
import { planNetwork } from '../plan/network';
import type { Policy, ResolvedPolicy } from '../policy';
import { BROKER_PORT, type Broker } from './broker/broker';
import { ListenError, type Pod, type PodHandle, type StandingListener } from './pod';

/** Where programs that are told to use a proxy find one. */
export const PROXY_PORT = 3128;
const DNS_PORT = 53;
/** errno(3): a program in the sandbox listens there itself. */
const EADDRINUSE = 98;
/** Ports opened because a program connected to them; beyond, a session refuses further ones. */
const MAX_PORTS_ON_DEMAND = 1024;

/** The listeners of a session's network. */
export interface PodListeners {
  /** Whether connections to a port of any address arrive. */
  isOpen(port: number): boolean;
  /** Whether nobody in the sandbox listens there, nor on the port of either loopback: a program that is refused by `::1` goes on to `127.0.0.1`. */
  isFreeLoopback(address: string, port: number): Promise<boolean>;
  /** Opens what a changed policy names of the host's loopback: nobody inside shall take it. */
  follow(policy: ResolvedPolicy): Promise<void>;
  /** Makes sure that connections to a port arrive, when one is made; false if they will not. */
  openPort(port: number): Promise<boolean>;
  close(): void;
}

/** The listeners that any policy needs, for `startPod`. */
export function standingListeners({ broker }: Pick<Policy, 'broker'>): StandingListener[] {
  return [
    // Not on IPv6: an answer has to come from the address that was asked, which the kernel only sees to on IPv4.
    { kind: 'udp', address: '0.0.0.0', port: DNS_PORT },
    { kind: 'tcp', address: '0.0.0.0', port: DNS_PORT },
    { kind: 'tcp', address: '::', port: DNS_PORT },
    { kind: 'tcp', address: GATEWAY_ADDRESS, port: PROXY_PORT },
    ...(broker ? [{ kind: 'tcp', address: GATEWAY_ADDRESS, port: BROKER_PORT } as const] : []),
  ];
}

export async function createPodListeners(pod: Pod, egress: Egress, policy: ResolvedPolicy, broker?: Broker): Promise<PodListeners> {
  const open = new Map<number, Promise<boolean>>();
  const handles = new Set<PodHandle>();
  let isClosed = false;
  const kept = <Handle extends PodHandle>(handle: Handle): Handle => {
    if (isClosed) handle.close();
    handles.add(handle);
    return handle;
  };
  const listenEverywhere = async (port: number): Promise<boolean> => {
    if (open.size >= MAX_PORTS_ON_DEMAND) return false;
    await Promise.all((pod.hasIpv6 ? ['0.0.0.0', '::'] : ['0.0.0.0']).map(async (address) => egress.serveTransparent(kept(await pod.listenTcp(address, port)))));
    return true;
  };
  const listeners: PodListeners = {
    isOpen: (port) => port === DNS_PORT || port === PROXY_PORT || (broker !== undefined && port === BROKER_PORT) || open.has(port),
    async isFreeLoopback(address, port) {
      if (listeners.isOpen(port)) return false;
      for (const loopback of new Set([address, '127.0.0.1', ...(pod.hasIpv6 ? ['::1'] : [])])) {
        const probe = await pod.listenTcp(loopback, port).catch(() => undefined);
        if (probe === undefined) return false;
        probe.close();
      }
      return true;
    },
    async follow(changed) {
      const { hostLoopback } = planNetwork(changed);
      if (hostLoopback !== 'any') await Promise.all(hostLoopback.map(listeners.openPort));
    },
    openPort(port) {
      const attempt = open.get(port) ?? listenEverywhere(port).catch(unlessInUse);
      open.set(port, attempt);
      return attempt;
    },
    close() {
      isClosed = true;
      handles.forEach((handle) => handle.close());
    },
  };

  pod.onUsed(({ port }, handle) => {
    if (port === DNS_PORT) egress.serveDns(kept(handle));
    else if (port === PROXY_PORT) egress.serveProxy(kept(handle as Server)); // TCP, as it was asked for
    else broker?.serve(kept(handle as Server)); // as above
  });
  await listeners.follow(policy);
  return listeners;
}

function unlessInUse(error: unknown): boolean {
  if (error instanceof ListenError && error.errno === EADDRINUSE) return false;
  throw error;
}
