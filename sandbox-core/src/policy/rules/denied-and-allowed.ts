import { ALLOWED_DOMAIN, DENIED_DOMAIN, parseHostPattern, type HostPattern } from '../host-pattern';
import { printable } from '../parse';
import type { PolicyRule } from '../validate';
import { domainEntries } from './entries';

/** An allowed host that a denied entry covers whole: denied beats allowed, so the entry has no effect. */
export const deniedAndAllowed: PolicyRule = {
  codes: ['denied-and-allowed'],
  check({ policy, problem }) {
    const denied = domainEntries(policy, 'deniedDomains').flatMap(({ text }) => {
      const result = parseHostPattern(text, DENIED_DOMAIN);
      return 'pattern' in result ? [{ text, pattern: result.pattern }] : [];
    });
    return domainEntries(policy, 'allowedDomains').flatMap(({ pointer, text }) => {
      const result = parseHostPattern(text, ALLOWED_DOMAIN);
      const by = 'pattern' in result ? denied.find((entry) => coversHost(entry.pattern, result.pattern)) : undefined;
      if (!by) return [];
      const fix = { title: `Remove "${printable(text)}"`, edit: { kind: 'remove', pointer }, preferred: true } as const;
      return [problem('denied-and-allowed', `has no effect: "${printable(by.text)}" in deniedDomains denies it, and denied beats allowed`, pointer, [fix])];
    });
  },
};

/** Whether everything that `inner` matches is matched by `outer` too. */
export function coversHost(outer: HostPattern, inner: HostPattern): boolean {
  if (outer.port !== undefined && outer.port !== inner.port) return false;
  if (outer.host.kind === 'any') return true;
  if (inner.host.kind === 'any') return false;
  if (outer.host.kind === 'exact') return inner.host.kind === 'exact' && inner.host.host === outer.host.host;
  if (inner.host.kind === 'exact') return inner.host.host.endsWith('.' + outer.host.of);
  return inner.host.of === outer.host.of || inner.host.of.endsWith('.' + outer.host.of);
}
