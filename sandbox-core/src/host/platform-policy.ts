import { placesOnWindows, resolveForWindows, type AbsolutePath, type PathContext, type PolicyPlatform, type ResolvedPolicy } from '../policy';
import type { Host } from './host';
import type { LoadedPolicy } from './policy-file';
import { resolvePolicyOnHost } from './resolve-policy';

/** A policy as the platform that is asked about reads it, and what the paths of questions start from. */
export interface PolicyOfPlatform {
  readonly policy: ResolvedPolicy;
  readonly context: PathContext;
}

/** With a look at this machine's disk, except for Windows: there, paths are judged by their spelling. */
export async function resolveForPlatform({ policy, composition }: LoadedPolicy, platform: PolicyPlatform, directory: AbsolutePath, host: Host): Promise<PolicyOfPlatform> {
  const here = { base: directory, home: host.home };
  if (platform !== 'windows') return { policy: (await resolvePolicyOnHost(policy, { ...here, ...composition })).policy, context: here };
  const places = host.platform === 'windows' ? here : placesOnWindows(here);
  return { policy: resolveForWindows(policy, { ...places, ...(composition && { origins: composition.origins }) }), context: { ...places, platform } };
}
