import { absolutePath, resolvePolicy, type AbsolutePath, type PathRule, type Policy, type ResolvedPolicy } from 'sandbox-core/policy';

type PolicyParts = { readonly [Block in 'network' | 'filesystem']?: Partial<Policy[Block]> } & Omit<Partial<Policy>, 'network' | 'filesystem'>;

/** A policy with empty lists where the test has nothing to say. */
export function policyOf({ network, filesystem, ...rest }: PolicyParts = {}): Policy {
  return {
    ...rest,
    network: { allowedDomains: [], deniedDomains: [], ...network },
    filesystem: { denyRead: [], allowWrite: [], denyWrite: [], ...filesystem },
  };
}

export const BASE = absolutePath('/repo');
export const HOME = absolutePath('/home/me');

/** Resolved without a disk: paths are what they are spelled. */
export function resolved(policy: Policy, builtIn: readonly PathRule[] = []): ResolvedPolicy {
  return resolvePolicy(policy, { base: BASE, home: HOME, canonicalPath: (path: AbsolutePath) => path, builtIn });
}
