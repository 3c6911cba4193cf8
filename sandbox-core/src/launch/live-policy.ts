import { isDeepStrictEqual } from 'node:util';

import { PolicyRefusedError, SandboxError } from '../errors';
import type { FollowedPolicy, PolicyOnHost } from '../host/resolve-policy';
import { unvettedAddresses } from '../plan/refusals';
import { resolvePolicy, type Policy, type PolicyOrigins, type ResolvedPolicy } from '../policy';

/** What can change while commands run: these are asked for at every decision. Everything else is built into running commands. */
const LIVE_KEYS = ['allowedDomains', 'deniedDomains', 'deniedDomainReasons', 'strictAllowlist', 'deniedResolvedAddresses'] as const;

type LiveLists = Pick<Policy, 'ignoreViolations'> & { readonly network: Pick<Policy['network'], (typeof LIVE_KEYS)[number]> };

/** A policy whose network lists, and what is not reported, can be replaced while it is in force. */
export interface LivePolicy extends FollowedPolicy {
  readonly inForce: () => ResolvedPolicy;
  /** Throws a SandboxError that names what else differs, or what cannot be held. */
  update(changed: Policy, origins?: PolicyOrigins): ResolvedPolicy;
}

export function createLivePolicy(followed: FollowedPolicy, first: ResolvedPolicy): LivePolicy {
  let replaced: { readonly policy: Policy; readonly origins: PolicyOrigins | undefined } | undefined;
  let inForce = first;
  const withLists = (policy: ResolvedPolicy): ResolvedPolicy => {
    if (!replaced) return policy;
    const { ignoreViolations = {}, network } = replaced.policy;
    const origins = replaced.origins ?? policy.origins;
    const source = { ...policy.source, network, ignoreViolations };
    // Hosts need no disk, so the path rules stay as they were found.
    return { ...policy, source, network: resolvePolicy(source, { ...policy.context, canonicalPath: (path) => path, builtIn: [], ...(origins && { origins }) }).network };
  };
  const adopt = (onHost: PolicyOnHost): PolicyOnHost => (replaced ? { ...onHost, policy: withLists(onHost.policy) } : onHost);
  return {
    inForce: () => inForce,
    look: async () => {
      const onHost = adopt(await followed.look());
      inForce = onHost.policy;
      return onHost;
    },
    latest: () => {
      const onHost = followed.latest();
      return onHost && adopt(onHost);
    },
    leftForGit: followed.leftForGit,
    close: followed.close,
    update(changed, origins) {
      const others = changesBeyondLists(inForce.source, changed);
      if (others.length > 0) throw new SandboxError('policy-refused', `a running session only takes changed network lists (${LIVE_KEYS.join(', ')}) and ignoreViolations, but ${others.join(' and ')} changed too. Start a new session for that`);
      const refusals = unvettedAddresses(changed);
      if (refusals.length > 0) throw new PolicyRefusedError(refusals);
      replaced = { policy: changed, origins };
      inForce = withLists(inForce);
      return inForce;
    },
  };
}

/** Whether a running session can be given the changed policy. */
export function isLiveChange(before: Policy, after: Policy): boolean {
  return changesBeyondLists(before, after).length === 0 && unvettedAddresses(after).length === 0;
}

/** The policy that commands run under, with the network lists of the one that came after it, and what that does not report. A list that cannot be held there leaves no host. */
export function withListsOf(running: Policy, changed: LiveLists): Policy {
  const others = Object.entries(running.network).filter(([key]) => !isLiveKey(key));
  const lists = Object.entries(changed.network).filter(([key]) => isLiveKey(key));
  const network = Object.fromEntries([...others, ...lists]) as Policy['network']; // each key is one's or the other's
  const policy = { ...running, ignoreViolations: changed.ignoreViolations ?? {}, network };
  if (unvettedAddresses(policy).length === 0) return policy;
  return { ...policy, network: { ...policy.network, allowedDomains: [], deniedResolvedAddresses: [] } };
}

function isLiveKey(key: string): boolean {
  return (LIVE_KEYS as readonly string[]).includes(key);
}

function changesBeyondLists(before: Policy, after: Policy): string[] {
  const differing = (a: object, b: object, skipped: readonly string[]): string[] => {
    const left = a as Readonly<Record<string, unknown>>;
    const right = b as Readonly<Record<string, unknown>>;
    return [...new Set([...Object.keys(left), ...Object.keys(right)])].filter((key) => !skipped.includes(key) && !isDeepStrictEqual(left[key], right[key]));
  };
  return [...differing(before, after, ['network', 'ignoreViolations', '$schema']), ...differing(before.network, after.network, LIVE_KEYS).map((key) => `network.${key}`)];
}
