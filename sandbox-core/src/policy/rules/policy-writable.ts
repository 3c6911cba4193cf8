import { spellPath } from '../absolute-path';
import { decide } from '../decide';
import { toPointer } from '../pointer';
import type { PolicyRule } from '../validate';

/** A policy that its own commands may change confines them until they do. */
export const policyWritable: PolicyRule = {
  codes: ['policy-writable'],
  about: 'paths',
  asks: (facts) => (facts?.policyFile === undefined ? [] : [facts.policyFile]),
  check({ facts, lists, policy, problem }) {
    if (facts?.policyFile === undefined || policy.filesystem?.disabled === true) return [];
    const { policyFile, base, home } = facts;
    const { outcome, rule } = decide(lists, { kind: 'write', path: policyFile });
    if (outcome !== 'allow' || rule.kind !== 'policy') return [];
    const fix = { title: 'Add the policy to denyWrite', edit: { kind: 'append', pointer: toPointer(['filesystem', 'denyWrite']), value: spellPath(policyFile, { base, home }) }, preferred: true } as const;
    return [problem('policy-writable', 'lets a command change this policy, and with it what the next command may do', toPointer(rule.pointer.slice(1).split('/')), [fix])];
  },
};
