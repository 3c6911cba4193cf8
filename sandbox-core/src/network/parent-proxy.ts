import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import * as ipaddr from 'ipaddr.js';

import { canonicalHost, isAddress, type Policy } from '../policy';
import { describeDestination, type Destination } from './destination';
import { isLoopbackAddress } from './vet-address';

/** A proxy in front of the outside has as long as the outside itself. */
const PARENT_TIMEOUT_MS = 30_000;

/** A proxy that stands between this machine and the outside. */
export interface ParentProxy {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** The value of Proxy-Authorization, from the user part of the URL. */
  readonly authorization: string | undefined;
}

/** The proxy that a connection goes through: a parent by CONNECT, or the local port of a SOCKS proxy. */
export type TunnelProxy = ParentProxy | { readonly scheme: 'socks'; readonly port: number };

export interface ParentProxies {
  /** For plain HTTP requests to a host; undefined: they go like any other connection. */
  requests(host: string): ParentProxy | undefined;
  /** For everything else; undefined: directly. */
  tunnels(destination: Destination): TunnelProxy | undefined;
}

/** srt: network.httpProxyPort and socksProxyPort, else network.parentProxy, and for what that leaves open the variables that name a proxy outside of the sandbox. */
export function parentProxies({ network }: Policy, environment: Readonly<Record<string, string>>): ParentProxies {
  if (network.httpProxyPort !== undefined || network.socksProxyPort !== undefined) return throughOwnProxies(network.httpProxyPort, network.socksProxyPort);
  const variable = (name: string): string | undefined => environment[name] || environment[name.toLowerCase()];
  const http = parseProxyUrl(network.parentProxy?.http ?? variable('HTTP_PROXY'));
  const tunnel = parseProxyUrl(network.parentProxy?.https ?? variable('HTTPS_PROXY')) ?? http;
  const isBypassed = bypassOf(network.parentProxy?.noProxy ?? variable('NO_PROXY') ?? '');
  return { requests: (host) => (isBypassed(host) ? undefined : http), tunnels: ({ host }) => (isBypassed(host) ? undefined : tunnel) };
}

/** Ports of the web: of two proxies, the HTTP one is for them. */
const WEB_PORTS: ReadonlySet<number> = new Set([80, 443]);

/** Proxies of the user's on this machine: everything but loopback goes through them, once it is judged. */
function throughOwnProxies(httpPort: number | undefined, socksPort: number | undefined): ParentProxies {
  const isBypassed = bypassOf('');
  const http: ParentProxy | undefined = httpPort === undefined ? undefined : { scheme: 'http', host: '127.0.0.1', port: httpPort, authorization: undefined };
  const socks: TunnelProxy | undefined = socksPort === undefined ? undefined : { scheme: 'socks', port: socksPort };
  return {
    requests: (host) => (isBypassed(host) ? undefined : http),
    tunnels: ({ host, port }) => (isBypassed(host) ? undefined : http && (!socks || WEB_PORTS.has(port)) ? http : socks),
  };
}

function parseProxyUrl(text: string | undefined): ParentProxy | undefined {
  if (text === undefined || text === '') return undefined;
  const spelled = text.includes('://') ? text : `http://${text}`;
  if (!URL.canParse(spelled)) return undefined;
  const { protocol, hostname, port, username, password } = new URL(spelled);
  if (protocol !== 'http:' && protocol !== 'https:') return undefined;
  const scheme = protocol === 'http:' ? 'http' : 'https';
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    scheme,
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (scheme === 'http' ? 80 : 443) : Number(port),
    authorization: username === '' && password === '' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`,
  };
}

/**
 * NO_PROXY as Go reads it: `example.com` is the name and all below it, `.example.com` only what is below, addresses and
 * prefixes match addresses, `*` everything; a port is ignored. Loopback never goes through a proxy.
 */
function bypassOf(list: string): (host: string) => boolean {
  const entries = list.split(/[\s,]+/).filter((entry) => entry !== '').map((entry) => entry.toLowerCase());
  return (requested) => {
    const host = canonicalHost(requested) ?? requested;
    if (host === 'localhost' || host.endsWith('.localhost') || isLoopbackAddress(host)) return true;
    return entries.some((entry) => entry === '*' || bypasses(entry, host));
  };
}

function bypasses(entry: string, host: string): boolean {
  if (ipaddr.isValidCIDR(entry)) return isWithin(host, ipaddr.parseCIDR(entry));
  const bare = canonicalHost(entry.replace(/^\*?\./, '').replace(/:\d+$/, '')) ?? canonicalHost(entry);
  if (bare === undefined) return false;
  if (isAddress(bare)) return bare === host;
  return host.endsWith(`.${bare}`) || (host === bare && !/^\*?\./.test(entry));
}

function isWithin(host: string, [network, bits]: [ipaddr.IPv4 | ipaddr.IPv6, number]): boolean {
  if (!ipaddr.isValid(host)) return false;
  const address = ipaddr.process(host);
  return address.kind() === network.kind() && address.match(network, bits);
}

/** An open connection to the parent itself, over TLS where its URL says https. */
export function openParent({ scheme, host, port }: ParentProxy, trusted: readonly string[] | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const servername = isAddressText(host) ? {} : { servername: host };
    const socket = scheme === 'http' ? connect({ host, port, noDelay: true, allowHalfOpen: true }) : connectTls({ host, port, ...servername, ...(trusted && { ca: [...trusted] }) });
    const timer = setTimeout(() => socket.destroy(new Error('no answer from the parent proxy')), PARENT_TIMEOUT_MS);
    socket.once('error', (error: Error) => (clearTimeout(timer), reject(error)));
    socket.once(scheme === 'http' ? 'connect' : 'secureConnect', () => (clearTimeout(timer), socket.removeAllListeners('error'), resolve(socket)));
  });
}

function isAddressText(host: string): boolean {
  return ipaddr.isValid(host);
}

/** A proxy that would not open a tunnel; the status is what it said. */
export class TunnelRefusedError extends Error {
  override readonly name = 'TunnelRefusedError';

  constructor(readonly status: number) {
    super(`the proxy in between answered ${status}`);
  }
}

/** Asks the proxy at the other end of a connection for a tunnel (RFC 9110 §9.3.6). */
export function openTunnel(proxy: Socket, destination: Destination, authorization: string | undefined): Promise<Socket> {
  const authority = describeDestination(destination);
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...(authorization !== undefined && { 'proxy-authorization': authorization }) },
      createConnection: () => proxy,
      timeout: PARENT_TIMEOUT_MS,
    });
    request.once('timeout', () => request.destroy(new Error('no answer from the proxy in between')));
    request.once('error', reject);
    request.once('response', (response) => (request.destroy(), reject(new TunnelRefusedError(response.statusCode ?? 0))));
    request.once('connect', (response, socket, head) => {
      if (response.statusCode === undefined || response.statusCode >= 300) {
        socket.destroy();
        return reject(new TunnelRefusedError(response.statusCode ?? 0));
      }
      if (head.length > 0) socket.unshift(head);
      proxy.setTimeout(0);
      resolve(proxy);
    });
    request.end();
  });
}
