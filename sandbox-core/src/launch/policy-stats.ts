import type { Host } from '../host/host';
import type { LoadedPolicy } from '../host/policy-file';
import { resolvePolicyOnHost } from '../host/resolve-policy';
import { createAuditStats } from '../monitor/audit-stats';
import type { AbsolutePath } from '../policy';
import { policyDigest } from './audit';

/** Counts over audit records, with what they say of the rules of a policy. */
export async function createPolicyStats({ policy, composition }: LoadedPolicy, directory: AbsolutePath, { home }: Pick<Host, 'home'>): Promise<ReturnType<typeof createAuditStats>> {
  const onHost = await resolvePolicyOnHost(policy, { base: directory, home, ...composition });
  return createAuditStats(onHost.policy, policyDigest(policy));
}
