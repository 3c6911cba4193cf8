import type { CanonicalHost } from '../host-name';
import type { HostPattern } from '../host-pattern';
import type { ResolvedPolicy } from '../resolve';

/** A label that no policy has. */
const FRESH = 'any-other-name';
/** A port that stands for those that no rule names. */
const OTHER_PORT = 1;

/**
 * Hosts that no rule of either policy tells apart, by one of them.
 *
 * @property ports every port that a rule names, and one for all others
 * @property within the host pattern around it
 */
export interface HostTarget {
  readonly key: string;
  readonly label: string;
  readonly host: string;
  readonly ports: readonly PortTarget[];
  readonly within?: string;
}

export interface PortTarget {
  readonly port: number;
  /** Undefined: any port that is not named. */
  readonly named?: number;
}

export function hostTargets(policies: readonly ResolvedPolicy[]): HostTarget[] {
  const patterns = policies.flatMap(({ network }) => [...network.allowed, ...network.denied]).map(({ pattern }) => pattern);
  const named = [...new Set(patterns.flatMap(({ port }) => port ?? []))].sort((a, b) => a - b);
  const other = firstFree(named);
  const ports: PortTarget[] = [{ port: other }, ...named.map((port) => ({ port, named: port }))];
  const keys = new Map(patterns.map((pattern) => [keyOf(pattern), pattern.host]));
  const targets = [...keys].map(([key, host]): HostTarget => {
    const within = parentKeys(key).find((candidate) => keys.has(candidate)) ?? (key === '*' ? undefined : '*');
    return { key, label: key === '*' ? 'every other host' : key, host: exampleOf(host), ports, ...(within && { within }) };
  });
  return keys.has('*') ? targets : [...targets, { key: '*', label: 'every other host', host: `${FRESH}.invalid`, ports }];
}

function exampleOf(host: HostPattern['host']): string {
  if (host.kind === 'any') return `${FRESH}.invalid`;
  return host.kind === 'exact' ? host.host : `${FRESH}.${host.of}`;
}

function keyOf({ host }: HostPattern): string {
  if (host.kind === 'any') return '*';
  return host.kind === 'exact' ? host.host : `*.${host.of}`;
}

/** The wildcards that cover a host or wildcard, the narrowest first. */
function parentKeys(key: string): string[] {
  const name = key.replace(/^\*\./, '') as CanonicalHost; // of a parsed pattern
  const labels = name.split('.');
  const wildcards = labels.map((_label, index) => `*.${labels.slice(index).join('.')}`);
  return wildcards.filter((wildcard) => wildcard !== key && wildcard !== `*.${name}`);
}

function firstFree(ports: readonly number[]): number {
  let port = OTHER_PORT;
  while (ports.includes(port)) port++;
  return port;
}
