import { childPointer, describePointer, ROOT_POINTER, type PolicyPointer } from '../pointer';
import type { Policy } from '../policy.generated';
import { ofOneFile, type MergedPolicy } from './merge';
import { BLOCKS, CREDENTIAL_LISTS, NARROWING_LISTS, RECORDS, RESTRICTIVE_VALUE } from './merge-keys';
import type { RuleOrigin } from './origins';

/** Something of the workspace's layer that does not count, and why. */
export interface LeftOut {
  readonly origin: RuleOrigin;
  readonly reason: string;
}

export interface LimitedWorkspace {
  readonly workspace: MergedPolicy;
  readonly leftOut: readonly LeftOut[];
}

/**
 * What counts of a policy that the user may not have written: what takes away. No program that it names is used, and no command
 * is run outside for it.
 *
 * @returns with the places, in the policy, of what does not
 */
export function untrustedPolicy(policy: Policy): { readonly policy: Policy; readonly leftOut: readonly PolicyPointer[] } {
  const { workspace, leftOut } = narrowingOnly(ofOneFile(policy, {}));
  const { broker: _broker, ...narrowed } = workspace.policy;
  return { policy: narrowed, leftOut: leftOut.map(({ origin }) => origin.pointer) };
}

/** What of a workspace's layer counts while the workspace is not trusted: what takes away, and nothing that gives. */
export function narrowingOnly(workspace: MergedPolicy): LimitedWorkspace {
  const leftOut: LeftOut[] = [];
  const keep = (at: PolicyPointer, value: unknown): unknown => {
    if (BLOCKS.has(at)) return keepEntries(at, value as object, keep); // validated
    if (NARROWING_LISTS.has(at) || (RECORDS.has(at) && at !== '/ignoreViolations') || RESTRICTIVE_VALUE.get(at) === value) return value;
    if (CREDENTIAL_LISTS.has(at)) return (value as readonly { readonly mode?: string }[]).filter((entry, index) => entry.mode === 'deny' || omit(childPointer(at, index)));
    if (Array.isArray(value)) {
      value.forEach((_entry, index) => omit(childPointer(at, index)));
      return [];
    }
    if (at !== '/$schema') omit(at);
    return undefined;
  };
  const omit = (pointer: PolicyPointer): false => {
    leftOut.push({ origin: workspace.origins.of(pointer), reason: `${describePointer(pointer)} needs a trusted workspace` });
    return false;
  };
  return withOriginsOfKept(keep(ROOT_POINTER, workspace.policy) as Policy, workspace, leftOut); // lists stay lists
}

/**
 * Single values on which user and workspace disagree: the one that restricts counts, else the user's.
 *
 * @returns the sources in the order in which they are to be merged: the strongest first
 */
export function withRestrictions(user: MergedPolicy, workspace: MergedPolicy): readonly MergedPolicy[] {
  const restrictions: MergedPolicy = { policy: restrictionsOf(workspace.policy), origins: workspace.origins };
  return [restrictions, user, workspace];
}

/** Only the switches that are set to the value that restricts. */
function restrictionsOf(policy: Policy): Policy {
  const keep = (at: PolicyPointer, value: unknown): unknown => (BLOCKS.has(at) ? keepEntries(at, value as object, keep) : RESTRICTIVE_VALUE.get(at) === value ? value : undefined);
  return keep(ROOT_POINTER, policy) as Policy; // missing lists are filled by the sources merged with it
}

function keepEntries(at: PolicyPointer, block: object, keep: (at: PolicyPointer, value: unknown) => unknown): object {
  const kept = Object.entries(block).map(([key, value]) => [key, keep(childPointer(at, key), value)] as const);
  return Object.fromEntries(kept.filter(([, value]) => value !== undefined));
}

/** Entries of credentials move up when others are left out; every other list is kept whole or emptied. */
function withOriginsOfKept(policy: Policy, whole: MergedPolicy, leftOut: readonly LeftOut[]): LimitedWorkspace {
  const origins = {
    newRules: whole.origins.newRules,
    of(pointer: PolicyPointer): RuleOrigin {
      const [, list, index, rest = ''] = /^(\/credentials\/(?:files|envVars))\/(\d+)(.*)$/.exec(pointer) ?? [];
      if (list === undefined) return whole.origins.of(pointer);
      const key = list.endsWith('files') ? 'files' : 'envVars';
      const entry = policy.credentials?.[key]?.[Number(index)];
      const before = (whole.policy.credentials?.[key] as readonly unknown[] | undefined)?.indexOf(entry) ?? -1;
      return whole.origins.of(`${list}/${before === -1 ? index : before}${rest}` as PolicyPointer); // same shape, another index
    },
  };
  return { workspace: { policy, origins }, leftOut };
}
