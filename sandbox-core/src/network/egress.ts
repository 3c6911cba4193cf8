import type { Socket as DatagramSocket } from 'node:dgram';
import type { Server as HttpServer } from 'node:http';
import type { Server } from 'node:net';
import { networkInterfaces } from 'node:os';

import { decide, type ResolvedPolicy } from '../policy';
import { createDialer, lookupOnHost, type HostLookup } from './dial';
import type { NetworkDenial, NetworkJudge } from './destination';
import { createDnsResponder, type DnsResponder } from './dns-responder';
import { createForwardProxy } from './forward-proxy';
import { createNameAddresses, type NameAddresses } from './name-addresses';
import { serveHostLoopback, serveTransparent, type TransparentOptions } from './transparent';
import { parsePrefix, type AddressRules } from './vet-address';

export interface EgressOptions {
  /** Asked for every decision, so that a changed policy counts at once. */
  readonly policy: () => ResolvedPolicy;
  readonly report: (denial: NetworkDenial) => void;
  /** Resolves allowed names; the host's resolver unless given. */
  readonly lookup?: HostLookup;
}

/** The way out of one sandbox network: everything that its listeners accept is judged and, if allowed, passed on. */
export interface Egress {
  readonly judge: NetworkJudge;
  readonly addresses: NameAddresses;
  serveDns(socket: DatagramSocket | Server): void;
  serveTransparent(server: Server): void;
  serveHostLoopback(server: Server, port: number): void;
  serveProxy(server: Server): void;
  close(): void;
}

export function createEgress({ policy, report, lookup = lookupOnHost }: EgressOptions): Egress {
  const judge: NetworkJudge = {
    connect: ({ host, port }) => decide(policy(), { kind: 'connect', host, port }),
    resolve: (host) => decide(policy(), { kind: 'resolve', host }),
    report,
  };
  const addresses = createNameAddresses();
  const dial = createDialer({
    lookup,
    addressRules: () => addressRules(policy()),
    isAllowedAddress: (address, port) => decide(policy(), { kind: 'connect', host: address, port }).outcome === 'allow',
  });
  const dns: DnsResponder = createDnsResponder(judge, addresses);
  const proxy: HttpServer = createForwardProxy({ judge, dial });
  const transparent: TransparentOptions = { judge, dial, addresses };
  return {
    judge,
    addresses,
    serveDns: (socket) => ('bind' in socket ? dns.serveUdp(socket) : dns.serveTcp(socket)),
    serveTransparent: (server) => serveTransparent(halfOpen(server), transparent),
    serveHostLoopback: (server, port) => serveHostLoopback(halfOpen(server), port, transparent),
    serveProxy: (server) => void halfOpen(server).on('connection', (socket) => proxy.emit('connection', socket)),
    close: () => proxy.close(),
  };
}

/** An end in one direction must not end the other; the servers come ready-made from the pod, so it is set on them. */
function halfOpen(server: Server): Server {
  return Object.assign(server, { allowHalfOpen: true });
}

function addressRules({ source, network }: ResolvedPolicy): AddressRules {
  const listed = network.denied.flatMap(({ pattern }) => (pattern.host.kind === 'exact' && /^[\d.]+$|:/.test(pattern.host.host) ? [pattern.host.host] : []));
  const own = Object.values(networkInterfaces()).flatMap((found) => (found ?? []).map(({ address }) => address));
  return { denied: [...(source.network.deniedResolvedAddresses ?? []), ...listed].map(parsePrefix), own };
}

