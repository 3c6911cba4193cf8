import type { ResolvedPolicy } from '../policy';
import type { PlannedNetwork } from './plan';

/** Ports that have a listener whatever the policy says, so that a refused connection is seen and named: HTTP, HTTPS, SSH, git. */
const USUAL_PORTS: readonly number[] = [80, 443, 22, 9418];

/** Any other port gets its listener when a program connects to it. */
export function planNetwork(policy: ResolvedPolicy): PlannedNetwork {
  const { allowed, denied, unixSockets } = policy.network;
  const named = [...allowed, ...denied].flatMap(({ pattern }) => (pattern.port === undefined || isLocalhost(pattern) ? [] : [pattern.port]));
  const local = allowed.map(({ pattern }) => pattern).filter(isLocalhost);
  const hostLoopback = local.some((pattern) => pattern.port === undefined) ? 'any' : local.flatMap(({ port }) => (port === undefined ? [] : [port]));
  return { ports: [...new Set([...USUAL_PORTS, ...named])], hostLoopback, unixSockets: unixSockets.any ? 'any' : [...new Set(unixSockets.listed.map(({ path }) => path))] };
}

function isLocalhost({ host }: ResolvedPolicy['network']['allowed'][number]['pattern']): boolean {
  return host.kind === 'exact' && host.host === 'localhost';
}
