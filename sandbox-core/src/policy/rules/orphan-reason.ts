import { toPointer } from '../pointer';
import { printable } from '../parse';
import type { PolicyRule } from '../validate';

/** deniedDomainReasons are looked up by the exact text of a deniedDomains entry; any other key is never shown. */
export const orphanReason: PolicyRule = {
  codes: ['orphan-reason'],
  check({ policy, domains, problem }) {
    const denied = new Set(domains.deniedDomains.map(({ text }) => text));
    return Object.keys(policy.network?.deniedDomainReasons ?? {})
      .filter((key) => !denied.has(key))
      .map((key) => {
        const pointer = toPointer(['network', 'deniedDomainReasons', key]);
        const fixes = [{ title: 'Remove this reason', edit: { kind: 'remove', pointer }, preferred: false } as const];
        return problem('orphan-reason', `never shown: no entry of deniedDomains is spelled "${printable(key)}"`, pointer, fixes);
      });
  },
};
