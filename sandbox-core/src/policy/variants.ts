import type { AbsolutePath } from './absolute-path';
import type { FileOfRules } from './layers/origins';
import { toPointer } from './pointer';
import type { HostRule, PathRule, ResolvedPolicy, RuleReference } from './resolve';
import { createHostRuleIndex, createPathRuleIndex } from './rule-index';

/** The same policy without a rule: what would hold if its line were removed. */
export function withoutRule(policy: ResolvedPolicy, removed: RuleReference): ResolvedPolicy {
  const key = ruleKey(removed);
  const stays = ({ rule }: { readonly rule: RuleReference }): boolean => ruleKey(rule) !== key;
  return withRules(policy, { paths: policy.filesystem.rules.filter(stays), allowed: policy.network.allowed.filter(stays), denied: policy.network.denied.filter(stays) });
}

/** The same policy with one more path at the end of a list of a file. */
export function withPathRule(policy: ResolvedPolicy, list: PathRule['list'], path: AbsolutePath, place: FileOfRules): ResolvedPolicy {
  const rule: PathRule = { list, pattern: { kind: 'literal', path }, named: path, rule: added(['filesystem', list], place), spelled: path, final: false, whenMissing: 'directory' };
  return withRules(policy, { paths: [...policy.filesystem.rules, rule] });
}

export function withHostRule(policy: ResolvedPolicy, list: 'allowedDomains' | 'deniedDomains', entry: Pick<HostRule, 'pattern' | 'spelled'>, place: FileOfRules): ResolvedPolicy {
  const rule: HostRule = { ...entry, rule: added(['network', list], place) };
  return withRules(policy, list === 'allowedDomains' ? { allowed: [...policy.network.allowed, rule] } : { denied: [...policy.network.denied, rule] });
}

/** Equal for two references to one rule. */
export function ruleKey(rule: RuleReference): string {
  return rule.kind === 'built-in' ? `built-in ${rule.name}` : `${rule.kind} ${rule.kind === 'policy' ? (rule.file ?? '') : ''} ${rule.pointer}`;
}

function added(list: readonly string[], place: FileOfRules): RuleReference {
  return { kind: 'policy', pointer: toPointer([...list, '-']), ...place }; // `-`: behind the last entry, RFC 6901 §4
}

interface ChangedRules {
  readonly paths?: readonly PathRule[];
  readonly allowed?: readonly HostRule[];
  readonly denied?: readonly HostRule[];
}

function withRules(policy: ResolvedPolicy, { paths = policy.filesystem.rules, allowed = policy.network.allowed, denied = policy.network.denied }: ChangedRules): ResolvedPolicy {
  return {
    ...policy,
    filesystem: { ...policy.filesystem, rules: paths, index: createPathRuleIndex(paths) },
    network: { ...policy.network, allowed, denied, index: createHostRuleIndex(allowed, denied) },
  };
}
