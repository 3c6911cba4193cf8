import type { ResolvedPolicy } from '../policy';
import type { PlannedNetwork } from './plan';

export function planNetwork(policy: ResolvedPolicy): PlannedNetwork {
  const { allowed, unixSockets } = policy.network;
  const local = allowed.map(({ pattern }) => pattern).filter(isLocalhost);
  const hostLoopback = local.some((pattern) => pattern.port === undefined) ? 'any' : local.flatMap(({ port }) => (port === undefined ? [] : [port]));
  return { hostLoopback, unixSockets: unixSockets.any ? 'any' : [...new Set(unixSockets.listed.map(({ path }) => path))] };
}

function isLocalhost({ host }: ResolvedPolicy['network']['allowed'][number]['pattern']): boolean {
  return host.kind === 'exact' && host.host === 'localhost';
}
