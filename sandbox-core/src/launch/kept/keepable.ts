import { hasCommandRules } from '../../policy';
import type { PlannedLaunch } from '../prepare-command';

/**
 * Whether a command that is launched like this needs nothing of Node but to be waited for: whatever Node has to serve from the first moment on
 * (a broker, published ports, a log, an authority for TLS), makes anew for each command (masked credentials, a cgroup), or has to
 * judge (the command's words) keeps it from being kept. What a command asks for while it runs does not: native/front/session.h.
 */
export function isKeepable({ plan, facts, policy: { source } }: PlannedLaunch): boolean {
  const isPlain = facts.makesMounts && facts.processes === 'own' && facts.container === undefined && facts.throwaway === undefined && facts.trust === undefined && facts.shown === undefined;
  const needsNode = source.broker !== undefined || source.credentials !== undefined || source.network.tlsTerminate !== undefined || (source.network.publish ?? []).length > 0 || hasCommandRules(source);
  const { hostLoopback } = plan.network;
  return isPlain && !needsNode && plan.cgroup === undefined && (hostLoopback === 'any' || hostLoopback.length === 0);
}
