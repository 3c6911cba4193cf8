import type * as Tldts from 'tldts';

import { HOST_ONLY, type HostPattern } from '../host-pattern';
import { printable } from '../parse';
import type { PolicyRule } from '../validate';
import { hostPatterns, textEntries, type HostEntry } from './entries';

/** No public suffix has more labels than this. */
const MAX_SUFFIX_LABELS = 5;

/** On the list to keep its cookies apart; nobody but its owner gets a name there. */
const ONE_OWNER: ReadonlySet<string> = new Set(['githubusercontent.com']);

/** A wildcard below which anybody can have a name: `*.co.uk`, `*.github.io`. Data could leave to any of them. */
export const publicSuffixWildcard: PolicyRule = {
  codes: ['public-suffix-wildcard'],
  about: 'hosts',
  check({ policy, problem, hosts }) {
    const injected = (['files', 'envVars'] as const).flatMap((list) =>
      (policy.credentials?.[list] ?? []).flatMap((entry, index) => hostPatterns(textEntries(entry?.injectHosts, ['credentials', list, index, 'injectHosts']), HOST_ONLY)),
    );
    const wildcards = [...hosts.allowedDomains, ...injected].filter(({ pattern }) => isShortWildcard(pattern));
    if (wildcards.length === 0) return [];
    const isPublicSuffix = loadPublicSuffixes();
    const found = wildcards.filter(({ pattern: { host } }) => host.kind === 'subdomains' && isPublicSuffix(host.of));
    return found.map((entry: HostEntry) => problem('public-suffix-wildcard', `"${printable(entry.text)}" covers names of anybody: whoever registers one below this suffix can be sent data; name the hosts that are meant`, entry.pointer));
  },
};

function isShortWildcard({ host }: HostPattern): boolean {
  return host.kind === 'subdomains' && host.of.split('.').length <= MAX_SUFFIX_LABELS;
}

/** The list is large; it is read by the first policy that has a wildcard. */
function loadPublicSuffixes(): (name: string) => boolean {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded when needed
  const { getPublicSuffix } = require('tldts') as typeof Tldts;
  return (name) => !ONE_OWNER.has(name) && getPublicSuffix(name, { allowPrivateDomains: true, validateHostname: false }) === name;
}
