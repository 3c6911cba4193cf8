import type * as Tldts from 'tldts';

import { decide } from '../decide';
import { canonicalHost, isAddress } from '../host-name';
import { hostMatcher } from '../host-pattern';
import { knownHosts } from '../known-hosts';
import { presets } from '../presets';
import type { ResolvedPolicy } from '../resolve';
import { allowHostEdit } from '../violation-fixes';
import { learnedEntry, type ContactedHost, type LearnedEntry } from './observations';

/** Presets that open hosts and little else. */
export const TOOL_PRESETS: readonly string[] = ['github', 'node', 'python', 'go', 'rust'];
/** So many names below one domain are proposed as a wildcard. */
const MIN_SIBLINGS = 3;
const WEB_PORTS: ReadonlySet<number | undefined> = new Set([80, 443, undefined]);

/** Entries for the hosts that the policy does not allow yet: a preset, a known set, a wildcard for siblings, or the host. */
export function proposeHosts(policy: ResolvedPolicy, contacted: readonly ContactedHost[]): LearnedEntry[] {
  const needed = onlyLookedUpLast(contacted).filter(({ host, port }) => decide(policy, port === undefined ? { kind: 'resolve', host } : { kind: 'connect', host, port }).outcome === 'deny');
  const found: LearnedEntry[] = [];
  const take = (isTaken: (use: ContactedHost) => boolean): ContactedHost[] => needed.filter(isTaken).map((use) => (needed.splice(needed.indexOf(use), 1), use));
  for (const name of TOOL_PRESETS) {
    const taken = takeKnown(presets[name]?.policy.network.allowedDomains ?? [], take);
    if (taken.length > 0) found.push(learnedEntry('extends', name, taken.map(describe)));
  }
  for (const { domains } of knownHosts) {
    const taken = takeKnown(domains, take);
    if (taken.length > 0) found.push(...domains.map((domain) => learnedEntry('allowedDomains', domain, taken.map(describe))));
  }
  for (const domain of siblings(needed)) {
    const taken = take((use) => WEB_PORTS.has(use.port) && (use.host === domain || use.host.endsWith(`.${domain}`)));
    const spelled = [...(taken.some(({ host }) => host === domain) ? [domain] : []), `*.${domain}`];
    found.push(...spelled.map((entry) => learnedEntry('allowedDomains', entry, taken.map(describe))));
  }
  for (const use of needed) found.push(learnedEntry('allowedDomains', entryOf(use), [describe(use)]));
  return distinct(found);
}

/** A name that was connected to needs no entry for having been looked up. */
function onlyLookedUpLast(contacted: readonly ContactedHost[]): ContactedHost[] {
  const connected = new Set(contacted.flatMap(({ host, port }) => (port === undefined ? [] : [host])));
  return contacted.filter(({ host, port }) => port !== undefined || !connected.has(host));
}

function takeKnown(domains: readonly string[], take: (isTaken: (use: ContactedHost) => boolean) => ContactedHost[]): ContactedHost[] {
  const matches = hostMatcher(domains);
  return take(({ host, port }) => WEB_PORTS.has(port) && matches(host));
}

/** Domains of one owner with several names in use. */
function siblings(contacted: readonly ContactedHost[]): string[] {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the list is large, and loaded when needed
  const { getDomain } = require('tldts') as typeof Tldts;
  const names = new Map<string, Set<string>>();
  for (const { host, port } of contacted) {
    const canonical = canonicalHost(host);
    const domain = WEB_PORTS.has(port) && canonical !== undefined && !isAddress(canonical) ? getDomain(host, { allowPrivateDomains: true, validateHostname: false }) : null;
    if (domain !== null) names.set(domain, (names.get(domain) ?? new Set()).add(host));
  }
  return [...names].filter(([, hosts]) => hosts.size >= MIN_SIBLINGS).map(([domain]) => domain);
}

function entryOf({ host, port }: ContactedHost): string {
  const canonical = canonicalHost(host);
  const edit = canonical === undefined ? undefined : allowHostEdit(canonical, port ?? 443);
  return edit?.kind === 'append' ? String(edit.value) : host;
}

function describe({ host, port }: ContactedHost): string {
  return port === undefined ? `${host} (looked up)` : `${host}:${port}`;
}

function distinct(entries: readonly LearnedEntry[]): LearnedEntry[] {
  return [...new Map(entries.map((entry) => [`${entry.list} ${entry.value}`, entry])).values()];
}
