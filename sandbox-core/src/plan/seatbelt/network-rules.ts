import { decide, ROOT_DIRECTORY, type AbsolutePath, type ResolvedPolicy } from '../../policy';
import type { SeatbeltFilter, SeatbeltRule } from './profile';

/**
 * Nothing but the proxy, the local ports that the policy names, and what its macOS keys open.
 *
 * @param proxyPort of the session's proxy on the host's loopback: the only way to other machines
 */
export function networkRules(policy: ResolvedPolicy, proxyPort: number): SeatbeltRule[] {
  const { any, listed } = policy.network.unixSockets;
  return [
    ...(policy.source.network.allowLocalBinding === true ? localBinding() : []),
    ...unixSocketRules(any ? [ROOT_DIRECTORY] : listed.map(({ path }) => path)),
    ...hostServices(policy),
    allow('network-outbound', [address('remote', 'localhost', proxyPort)]),
  ];
}

/** srt: every local address, so that servers started for the local network work; and connections to those of this machine. */
function localBinding(): SeatbeltRule[] {
  return [
    allow('network-bind', [address('local', '*', '*')]),
    allow('network-inbound', [address('local', '*', '*')]),
    allow('network-outbound', [address('remote', 'localhost', '*')]),
  ];
}

function unixSocketRules(paths: readonly AbsolutePath[]): SeatbeltRule[] {
  if (paths.length === 0) return [];
  return [
    allow('system-socket', [{ kind: 'socket-family', family: 'AF_UNIX' }]),
    allow('network-bind', paths.map((path) => ({ kind: 'unix-socket', side: 'local', path }))),
    allow('network-outbound', paths.map((path) => ({ kind: 'unix-socket', side: 'remote', path }))),
  ];
}

/**
 * Ports of this machine that the policy opens by name (`localhost:5432`), for programs that know no proxy. A profile cannot
 * tell 127.0.0.1 from localhost, so a port stays with the proxy if an entry denies it under either address.
 */
function hostServices(policy: ResolvedPolicy): SeatbeltRule[] {
  const { allowed, denied } = policy.network;
  const local = allowed.map(({ pattern }) => pattern).filter(({ host }) => host.kind === 'exact' && host.host === 'localhost');
  const isOpen = (port: number): boolean => decide(policy, { kind: 'connect', host: 'localhost', port }).outcome === 'allow' && !LOOPBACK.some((host) => isDenied(policy, host, port));
  const named = [...new Set([...allowed, ...denied].flatMap(({ pattern }) => (pattern.port === undefined ? [] : [pattern.port])))].sort((a, b) => a - b);
  if (local.some(({ port }) => port === undefined) && isOpen(someUnnamedPort(named))) {
    const closed = named.filter((port) => !isOpen(port));
    const rules = [allow('network-outbound', [address('remote', 'localhost', '*')])];
    return closed.length === 0 ? rules : [...rules, { action: 'deny', operations: ['network-outbound'], filters: closed.map((port) => address('remote', 'localhost', port)) }];
  }
  const open = named.filter(isOpen);
  return open.length === 0 ? [] : [allow('network-outbound', open.map((port) => address('remote', 'localhost', port)))];
}

const LOOPBACK = ['127.0.0.1', '::1'];

/** Denied by an entry, not merely unnamed. */
function isDenied(policy: ResolvedPolicy, host: string, port: number): boolean {
  const { outcome, rule } = decide(policy, { kind: 'connect', host, port });
  return outcome === 'deny' && rule.kind !== 'default';
}

/** Stands for all ports that no entry names: the policy treats them alike. */
function someUnnamedPort(named: readonly number[]): number {
  let port = 1;
  while (named.includes(port)) port++;
  return port;
}

function allow(operation: SeatbeltRule['operations'][number], filters: readonly SeatbeltFilter[]): SeatbeltRule {
  return { action: 'allow', operations: [operation], filters };
}

function address(side: 'local' | 'remote', host: 'localhost' | '*', port: number | '*'): SeatbeltFilter {
  return { kind: 'address', side, host, port };
}
