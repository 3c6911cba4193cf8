import type { PlannedLayers } from '../host/facts';
import { containsPath, type AbsolutePath, type ResolvedPolicy } from '../policy';

/**
 * Where changes are thrown away, nothing is made on the host to keep a path from appearing: the supervisor refuses the call,
 * and what slips past it is gone with the session.
 */
export function withGuardsInLayers(policy: ResolvedPolicy, throwaway: PlannedLayers | undefined): ResolvedPolicy {
  if (!throwaway) return policy;
  const { layers, kept } = throwaway;
  const isThrownAway = (path: AbsolutePath): boolean => layers.some(({ directory }) => containsPath(directory, path)) && !kept.some((directory) => containsPath(directory, path));
  const rules = policy.filesystem.rules.map((rule) => (rule.pattern.kind === 'literal' && isThrownAway(rule.pattern.path) ? ({ ...rule, whenMissing: 'guard' } as const) : rule));
  return { ...policy, filesystem: { ...policy.filesystem, rules } };
}
