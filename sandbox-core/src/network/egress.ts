import type { Socket as DatagramSocket } from 'node:dgram';
import type { Server as HttpServer } from 'node:http';
import type { Server } from 'node:net';
import { networkInterfaces } from 'node:os';

import type { CredentialVault } from '../credentials/vault';
import { decide, decideRequest, isListedHost, requestRulesFor, type ResolvedPolicy } from '../policy';
import { createNetworkRecorder, type NetworkActivity, type NetworkRecorder } from './activity';
import type { Asker } from './ask';
import { createCallers, type Callers } from './callers';
import { createDialer, lookupOnHost } from './dial';
import type { HostLookup } from './host-lookup';
import type { Destination, NetworkDenial, NetworkJudge, RequestJudge } from './destination';
import { createDnsResponder, type DnsResponder } from './dns-responder';
import { createForwardProxy } from './forward-proxy';
import { createJudge, type AskingJudge } from './judge';
import { createJoiner, type Splice } from './join';
import type { ProxyCredentials } from './proxy-credentials';
import { serveProxyPort } from './proxy-port';
import { createSocksProxy } from './socks-proxy';
import type { RequestFilter } from './http/filter';
import { createInspection } from './inspection';
import { createNameAddresses, type NameAddresses } from './name-addresses';
import { once } from './once';
import type { ParentProxies } from './parent-proxy';
import { createRoutes } from './route';
import type { CertificateAuthority } from './tls/authority';
import { serveTransparent, type TransparentOptions } from './transparent';
import { createTunnelOpener } from './tunnel';
import { createNetworkUses } from './uses';
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
  /** Asked about hosts that no rule covers. */
  readonly ask?: Asker | undefined;
  /** What the proxy asks of its clients, where others than the sandbox could reach it. */
  readonly proxyCredentials?: ProxyCredentials;
  readonly parents: ParentProxies;
  readonly vault: CredentialVault;
  /** For network.tlsTerminate; without, TLS stays closed. */
  readonly authority?: CertificateAuthority | undefined;
  /** CA certificates in PEM that servers are verified with. */
  readonly trusted: readonly string[];
  readonly filter?: RequestFilter | undefined;
}

/** The way out of one sandbox network: everything that its listeners accept is judged and, if allowed, passed on. */
export interface Egress {
  readonly judge: NetworkJudge;
  readonly addresses: NameAddresses;
  readonly callers: Callers;
  readonly activity: NetworkActivity;
  serveDns(socket: DatagramSocket | Server): void;
  serveTransparent(server: Server): void;
  serveProxy(server: Server): void;
  /** Allowed, or somebody can be asked. */
  mayConnect(destination: Destination): boolean;
  /** After the policy changed: ends connections that it no longer allows. */
  cutDenied(): void;
  close(): void;
}

export function createEgress(options: EgressOptions): Egress {
  const { policy, report, lookup = lookupOnHost, splice, ipv6, ask, proxyCredentials } = options;
  const recorder = createNetworkRecorder();
  const allowed = createNetworkUses();
  const callers = createCallers();
  const hosts = createJudge({ policy, ask, addressRules: () => addressRules(policy()), report: (denial) => (recorder.add(refusalRecord(denial)), report(denial)) });
  const judge: AskingJudge & RequestJudge = {
    ...hosts,
    async admit(destination, caller) {
      const decision = await hosts.admit(destination, caller);
      allowed.add(decision, destination.host, destination.port);
      return decision;
    },
    resolve(host) {
      const decision = hosts.resolve(host);
      allowed.add(decision, host);
      return decision;
    },
    request: (request) => decideRequest(policy().network.requests, request),
    hasRequestRules: ({ host, port }) => requestRulesFor(policy().network.requests, host, port).length > 0,
  };
  const addresses = createNameAddresses();
  const dialDirectly = createDialer({
    lookup,
    addressRules: () => addressRules(policy()),
    isAllowedAddress: (address, port) => isListedHost(decide(policy(), { kind: 'connect', host: address, port })),
  });
  const routes = createRoutes({ policy, parents: options.parents, dialDirectly, ...(options.trusted.length > 0 && { trusted: options.trusted }) });
  const { dial } = routes;
  const joiner = createJoiner({ judge, recorder, ...(splice && { splice }) });
  const { handler, inspector, close } = createInspection({ ...options, judge, routes, join: joiner.join, recorder });
  const openTunnel = createTunnelOpener({ judge, dial, join: joiner.join, inspector });
  const dns: DnsResponder = createDnsResponder({ judge, addresses, ipv6, caller: callers.lastToAskDns });
  const socks = createSocksProxy(openTunnel, callers, proxyCredentials);
  const proxy = once((): HttpServer => createForwardProxy({ openTunnel, handler, callers, ...(proxyCredentials && { credentials: proxyCredentials }) }));
  const transparent: TransparentOptions = { openTunnel, addresses, callers, judge };
  return {
    judge,
    addresses,
    callers,
    activity: activityOf(recorder, allowed),
    serveDns: (socket) => ('bind' in socket ? dns.serveUdp(socket) : dns.serveTcp(socket)),
    serveTransparent: (server) => serveTransparent(paused(halfOpen(server)), transparent),
    serveProxy: (server) => serveProxyPort(halfOpen(server), proxy, socks, callers),
    mayConnect: (destination) => judge.connect(destination).outcome === 'allow' || judge.mayAsk(destination),
    cutDenied: joiner.cutDenied,
    close: () => {
      proxy.made()?.close();
      close();
    },
  };
}

function activityOf(recorder: NetworkRecorder, allowed: NetworkActivity['allowed']): NetworkActivity {
  return {
    get byHost() {
      return recorder.byHost;
    },
    get byCommand() {
      return recorder.byCommand;
    },
    allowed,
    onRecord: recorder.onRecord,
  };
}

function refusalRecord({ target, source, decision, caller }: NetworkDenial): Parameters<NetworkRecorder['add']>[0] {
  const [, host = target, port] = /^(?:\S+ https?:\/\/)?\[?(.*?)\]?(?::(\d+))?(?:\/.*)?$/s.exec(target) ?? []; // of a request, too
  return { event: 'refused', destination: { host, ...(port !== undefined && { port: Number(port) }) }, source, reason: decision.reason, caller };
}

/** An end in one direction must not end the other, nor a small part wait until the one before is acknowledged; the servers come ready-made from the pod, so it is set on them. */
function halfOpen(server: Server): Server {
  return Object.assign(server, { allowHalfOpen: true, noDelay: true });
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
