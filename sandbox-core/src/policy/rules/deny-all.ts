import type { PolicyRule } from '../validate';

/** `"*"` in deniedDomains beats every entry of allowedDomains: a policy that allows hosts and reaches none. */
export const denyAll: PolicyRule = {
  codes: ['deny-all'],
  check({ domains, problem, hosts }) {
    const allowed = domains.allowedDomains.length;
    if (allowed === 0) return [];
    return hosts.deniedDomains
      .filter(({ pattern }) => pattern.host.kind === 'any' && pattern.port === undefined)
      .map(({ pointer }) => {
        const fixes = [{ title: 'Remove "*": what allowedDomains does not name is denied anyway', edit: { kind: 'remove', pointer } as const, preferred: false }];
        return problem('deny-all', `blocks every host, so ${allowed === 1 ? 'the entry' : `the ${allowed} entries`} of allowedDomains ${allowed === 1 ? 'has' : 'have'} no effect; what allowedDomains does not name is denied without this`, pointer, fixes);
      });
  },
};
