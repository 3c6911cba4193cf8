import type { PolicyRule } from '../validate';

/** `"*"` in deniedDomains beats every entry of allowedDomains: a policy that allows hosts and reaches none. */
export const denyAll: PolicyRule = {
  codes: ['deny-all'],
  about: 'hosts',
  check({ domains, problem, hosts }) {
    if (domains.allowedDomains.length === 0) return [];
    return hosts.deniedDomains
      .filter(({ pattern }) => pattern.host.kind === 'any' && pattern.port === undefined)
      .map(({ pointer }) => {
        const fixes = [{ title: 'Remove "*": what allowedDomains does not name is denied anyway', edit: { kind: 'remove', pointer } as const, preferred: false }];
        return problem('deny-all', 'blocks every host, so allowedDomains has no effect; what it does not name is denied without this', pointer, fixes);
      });
  },
};
