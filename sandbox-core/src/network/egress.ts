import type { Socket as DatagramSocket } from 'node:dgram';
import type { Server as HttpServer } from 'node:http';
import type { Server } from 'node:net';
import { networkInterfaces } from 'node:os';

import { decide, type ResolvedPolicy } from '../policy';
import { createDialer, lookupOnHost, type HostLookup } from './dial';
import type { NetworkDenial, NetworkJudge } from './destination';
import { createDnsResponder, type DnsResponder } from './dns-responder';
import { createForwardProxy } from './forward-proxy';
import { createJoiner, type Splice } from './join';
import { createNameAddresses, type NameAddresses } from './name-addresses';
import { serveProxyPort } from './proxy-port';
import { createSocksProxy } from './socks-proxy';
import { serveHostLoopback, serveTransparent, type TransparentOptions } from './transparent';
import { createTunnelOpener } from './tunnel';
import { parsePrefix, type AddressRules } from './vet-address';

export interface EgressOptions {
  /** Asked for every decision, so that a changed policy counts at once. */
  readonly policy: () => ResolvedPolicy;
  readonly report: (denial: NetworkDenial) => void;
  /** Resolves allowed names; the host's resolver unless given. */
  readonly lookup?: HostLookup;
  /** Carries the bytes of allowed connections outside of this process. */
  readonly splice?: Splice;
  /** Whether connections to IPv6 addresses arrive. */
  readonly ipv6: boolean;
}

/** The way out of one sandbox network: everything that its listeners accept is judged and, if allowed, passed on. */
export interface Egress {
  readonly judge: NetworkJudge;
  readonly addresses: NameAddresses;
  serveDns(socket: DatagramSocket | Server): void;
  serveTransparent(server: Server): void;
  serveHostLoopback(server: Server, port: number): void;
  serveProxy(server: Server): void;
  /** After the policy changed: ends connections that it no longer allows. */
  cutDenied(): void;
  close(): void;
}

export function createEgress({ policy, report, lookup = lookupOnHost, splice, ipv6 }: EgressOptions): Egress {
  const connect: NetworkJudge['connect'] = ({ host, port }) => decide(policy(), { kind: 'connect', host, port });
  const judge: NetworkJudge = {
    connect,
    admit: (destination) => Promise.resolve(connect(destination)),
    resolve: (host) => decide(policy(), { kind: 'resolve', host }),
    report,
  };
  const addresses = createNameAddresses();
  const dial = createDialer({
    lookup,
    addressRules: () => addressRules(policy()),
    isAllowedAddress: (address, port) => decide(policy(), { kind: 'connect', host: address, port }).outcome === 'allow',
  });
  const joiner = createJoiner({ judge, ...(splice && { splice }) });
  const openTunnel = createTunnelOpener({ judge, dial, join: joiner.join });
  const dns: DnsResponder = createDnsResponder({ judge, addresses, ipv6 });
  const proxy: HttpServer = createForwardProxy({ judge, dial, join: joiner.join });
  const socks = createSocksProxy(openTunnel);
  const transparent: TransparentOptions = { openTunnel, addresses };
  return {
    judge,
    addresses,
    serveDns: (socket) => ('bind' in socket ? dns.serveUdp(socket) : dns.serveTcp(socket)),
    serveTransparent: (server) => serveTransparent(paused(halfOpen(server)), transparent),
    serveHostLoopback: (server, port) => serveHostLoopback(paused(halfOpen(server)), port, transparent),
    serveProxy: (server) => serveProxyPort(halfOpen(server), proxy, socks),
    cutDenied: joiner.cutDenied,
    close: () => proxy.close(),
  };
}

/** An end in one direction must not end the other; the servers come ready-made from the pod, so it is set on them. */
function halfOpen(server: Server): Server {
  return Object.assign(server, { allowHalfOpen: true });
}

/** Nothing is read before it is known where it goes, so that the socket can be handed on untouched. */
function paused(server: Server): Server {
  return Object.assign(server, { pauseOnConnect: true });
}

function addressRules({ source, network }: ResolvedPolicy): AddressRules {
  const listed = network.denied.flatMap(({ pattern }) => (pattern.host.kind === 'exact' && /^[\d.]+$|:/.test(pattern.host.host) ? [pattern.host.host] : []));
  const own = Object.values(networkInterfaces()).flatMap((found) => (found ?? []).map(({ address }) => address));
  return { denied: [...(source.network.deniedResolvedAddresses ?? []), ...listed].map(parsePrefix), own };
}
