import { toPointer } from '../pointer';
import { printable } from '../parse';
import type { PolicyRule } from '../validate';

/** deniedDomainReasons are looked up by the exact text of a deniedDomains entry; any other key is never shown. */
export const orphanReason: PolicyRule = {
  codes: ['orphan-reason'],
  about: 'hosts',
  wholeLists: true,
  check(context) {
    const reasons = Object.keys(context.policy.network?.deniedDomainReasons ?? {});
    if (reasons.length === 0) return [];
    const denied = new Set(context.domains.deniedDomains.map(({ text }) => text));
    return reasons
      .filter((key) => !denied.has(key))
      .map((key) => {
        const pointer = toPointer(['network', 'deniedDomainReasons', key]);
        const fixes = [{ title: 'Remove this reason', edit: { kind: 'remove', pointer }, preferred: false } as const];
        return context.problem('orphan-reason', `never shown: no entry of deniedDomains is spelled "${printable(key)}"`, pointer, fixes);
      });
  },
};
