import { expandPath, type PathContext } from './absolute-path';
import { defaultReadRules } from './default-read';
import type { Policy } from './policy.generated';
import { protectedPlaces, writablePlaces } from './protected-places';
import { defaultWritePaths, protectionRule, protections, protectionsInForce } from './protections';
import type { WindowsPlaces } from './windows-path';
import { resolvePolicy, type PathRule, type ResolveContext, type ResolvedPolicy } from './resolve';

/**
 * A policy resolved without a disk: links are not followed, and of the built-in rules those are in force that need no look
 * at what exists. For what an editor shows; what is launched is resolved by the host.
 */
export function resolveWithoutDisk(policy: Policy, context: PathContext & Pick<ResolveContext, 'origins'>): ResolvedPolicy {
  const withRules = (builtIn: readonly PathRule[]): ResolvedPolicy => resolvePolicy(policy, { ...context, canonicalPath: (path) => path, builtIn });
  const held = protectionsInForce(policy.filesystem.liftProtections ?? [], policy.filesystem.allowGitConfig === true);
  const places = protectedPlaces(writablePlaces(withRules([])), context, held);
  return withRules([...defaultWrites(context), ...places, ...defaultReadRules(policy, [context.base])]);
}

function defaultWrites(context: PathContext): PathRule[] {
  return defaultWritePaths.map((path) => ({ ...protectionRule('default-write-path', expandPath(path, context), 'directory'), list: 'allowWrite' }));
}

/** For Windows, on whatever machine: sandbox-runtime has no built-in rules there. */
export function resolveForWindows(policy: Policy, places: WindowsPlaces & Pick<ResolveContext, 'origins'>): ResolvedPolicy {
  return resolvePolicy(policy, { ...places, platform: 'windows', canonicalPath: (path) => path, builtIn: [] });
}

/** Why a built-in rule exists, for people. */
export function dangerOf(name: string): string | undefined {
  return protections.find((protection) => protection.name === name)?.danger;
}
