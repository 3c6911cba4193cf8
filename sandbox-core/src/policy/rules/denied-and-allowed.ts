import { ALLOWED_DOMAIN, DENIED_DOMAIN, parseHostPattern, type HostPattern } from '../host-pattern';
import { printable } from '../parse';
import type { PartialPolicy, PolicyRule } from '../validate';
import { domainEntries } from './entries';

/** An allowed host that a denied entry covers whole: denied beats allowed, so the entry has no effect. */
export const deniedAndAllowed: PolicyRule = {
  codes: ['denied-and-allowed'],
  check({ policy, problem }) {
    const denied = deniedByHost(policy);
    return domainEntries(policy, 'allowedDomains').flatMap(({ pointer, text }) => {
      const result = parseHostPattern(text, ALLOWED_DOMAIN);
      const by = 'pattern' in result ? coveringEntry(denied, result.pattern) : undefined;
      if (!by) return [];
      const fix = { title: `Remove "${printable(text)}"`, edit: { kind: 'remove', pointer }, preferred: true } as const;
      return [problem('denied-and-allowed', `has no effect: "${printable(by.text)}" in deniedDomains denies it, and denied beats allowed`, pointer, [fix])];
    });
  },
};

interface DeniedEntry {
  readonly text: string;
  readonly pattern: HostPattern;
}

/** By the host that the pattern names, so that a long list costs no more than a short one. */
function deniedByHost(policy: PartialPolicy): ReadonlyMap<string, readonly DeniedEntry[]> {
  const found = new Map<string, DeniedEntry[]>();
  for (const { text } of domainEntries(policy, 'deniedDomains')) {
    const result = parseHostPattern(text, DENIED_DOMAIN);
    if (!('pattern' in result)) continue;
    const key = hostOf(result.pattern);
    found.set(key, [...(found.get(key) ?? []), { text, pattern: result.pattern }]);
  }
  return found;
}

function coveringEntry(denied: ReadonlyMap<string, readonly DeniedEntry[]>, allowed: HostPattern): DeniedEntry | undefined {
  const labels = hostOf(allowed).split('.');
  const candidates = [ANY_HOST, ...labels.map((_, index) => labels.slice(index).join('.'))];
  return candidates.flatMap((host) => denied.get(host) ?? []).find(({ pattern }) => coversHost(pattern, allowed));
}

const ANY_HOST = '*';

function hostOf({ host }: HostPattern): string {
  if (host.kind === 'any') return ANY_HOST;
  return host.kind === 'exact' ? host.host : host.of;
}

/** Whether everything that `inner` matches is matched by `outer` too. */
export function coversHost(outer: HostPattern, inner: HostPattern): boolean {
  if (outer.port !== undefined && outer.port !== inner.port) return false;
  if (outer.host.kind === 'any') return true;
  if (inner.host.kind === 'any') return false;
  if (outer.host.kind === 'exact') return inner.host.kind === 'exact' && inner.host.host === outer.host.host;
  if (inner.host.kind === 'exact') return inner.host.host.endsWith('.' + outer.host.of);
  return inner.host.of === outer.host.of || inner.host.of.endsWith('.' + outer.host.of);
}
