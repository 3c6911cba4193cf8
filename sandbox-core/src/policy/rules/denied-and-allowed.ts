import { printable } from '../parse';
import type { PolicyRule } from '../validate';
import { createFindCoveringHost } from './host-cover';

/** An allowed host that a denied entry covers whole: denied beats allowed, so the entry has no effect. */
export const deniedAndAllowed: PolicyRule = {
  codes: ['denied-and-allowed'],
  about: 'hosts',
  check({ problem, hosts }) {
    // A lone "*" makes every entry dead; that is one finding (deny-all), not one for each.
    const denied = hosts.deniedDomains.filter(({ pattern }) => pattern.host.kind !== 'any' || pattern.port !== undefined);
    const denying = createFindCoveringHost(denied);
    return hosts.allowedDomains.flatMap(({ pointer, text, pattern }) => {
      const by = denying(pattern);
      if (!by) return [];
      const fix = { title: `Remove "${printable(text)}"`, edit: { kind: 'remove', pointer }, preferred: true } as const;
      return [problem('denied-and-allowed', `has no effect: "${printable(by.text)}" in deniedDomains denies it, and denied beats allowed`, pointer, [fix])];
    });
  },
};
