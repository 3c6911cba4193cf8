import { canonicalAddress, canonicalHost, isAddress, type CanonicalHost } from './host-name';

/** One entry of `allowedDomains` and its relatives. Without a port it means any port. */
export interface HostPattern {
  readonly host:
    | { readonly kind: 'any' }
    | { readonly kind: 'exact'; readonly host: CanonicalHost }
    /** `*.example.com`: every name below, never the apex, never an address. */
    | { readonly kind: 'subdomains'; readonly of: CanonicalHost };
  readonly port?: number;
}

export type HostPatternResult =
  | { readonly pattern: HostPattern }
  /** The entry is not of the grammar: srt refuses the policy. */
  | { readonly error: string }
  /** srt accepts the entry, but no host can ever match it. `suggestion` is a spelling that would. */
  | { readonly inert: string; readonly suggestion?: string };

export interface HostPatternGrammar {
  readonly ports: boolean;
  /** Whether `*` and `*:port` are entries: only where everything is denied. */
  readonly any: boolean;
}

export const ALLOWED_DOMAIN: HostPatternGrammar = { ports: true, any: false };
export const DENIED_DOMAIN: HostPatternGrammar = { ports: true, any: true };
export const HOST_ONLY: HostPatternGrammar = { ports: false, any: false };

const PORT_SUFFIX = /:([1-9][0-9]{0,4})$/;
const MAX_PORT = 65535;

export function parseHostPattern(text: string, grammar: HostPatternGrammar): HostPatternResult {
  const { host, port } = splitPort(text, grammar);
  const result = parseHost(host, grammar);
  if (!('host' in result)) return result;
  return { pattern: port === undefined ? result : { ...result, port } };
}

export function matchesHost(pattern: HostPattern, host: CanonicalHost, port: number): boolean {
  if (pattern.port !== undefined && pattern.port !== port) return false;
  switch (pattern.host.kind) {
    case 'any':
      return true;
    case 'exact':
      return pattern.host.host === host;
    case 'subdomains':
      return host.endsWith('.' + pattern.host.of) && !isAddress(host);
  }
}

/** Whether a list of patterns (well-formed ones count) covers a host, whatever the port. */
export function hostMatcher(entries: readonly string[]): (host: string) => boolean {
  const patterns = entries.flatMap((entry) => {
    const result = parseHostPattern(entry, ALLOWED_DOMAIN);
    return 'pattern' in result ? [result.pattern] : [];
  });
  return (host) => {
    const canonical = canonicalHost(host);
    return canonical !== undefined && patterns.some((pattern) => matchesHost({ host: pattern.host }, canonical, 0));
  };
}

function splitPort(text: string, grammar: HostPatternGrammar): { readonly host: string; readonly port?: number } {
  const found = grammar.ports ? PORT_SUFFIX.exec(text) : null;
  if (!found || Number(found[1]) > MAX_PORT) return { host: text };
  const host = text.slice(0, found.index);
  // Two colons without brackets are an IPv6 address that lacks them, not a port.
  if (host.includes(':') && !host.startsWith('[')) return { host: text };
  return { host, port: Number(found[1]) };
}

function parseHost(host: string, grammar: HostPatternGrammar): HostPattern | Exclude<HostPatternResult, { pattern: HostPattern }> {
  if (host === '*') return grammar.any ? { host: { kind: 'any' } } : { error: 'a bare "*" is not accepted here; name the hosts' };
  if (host === 'localhost') return exact(host);
  if (host.startsWith('[')) return parseBracketed(host);
  if (host.includes('://')) return { error: 'expected a host name without a scheme' };
  if (host.includes('/')) return { error: 'expected a host name without a path or a prefix length' };
  if (host.includes(':')) return { error: grammar.ports ? 'the port must be 1 to 65535, and an IPv6 address needs brackets: [::1]' : 'expected a host without a port' };
  if (host.startsWith('*.')) return parseSubdomains(host.slice(2));
  if (host.includes('*')) return { error: 'a "*" may only stand for all labels in front: "*.example.com"' };
  if (!host.includes('.')) return { error: 'expected a host name with a dot, an address, or localhost' };
  if (host.startsWith('.') || host.endsWith('.')) return { error: 'a host name does not start or end with a dot' };
  return exact(host);
}

function parseBracketed(host: string): HostPattern | { readonly error: string } {
  const address = host.endsWith(']') ? canonicalAddress(host.slice(1, -1)) : undefined;
  return address === undefined || !host.includes(':') ? { error: 'expected an IPv6 address in brackets' } : { host: { kind: 'exact', host: address } };
}

function parseSubdomains(suffix: string): HostPattern | Exclude<HostPatternResult, { pattern: HostPattern }> {
  if (suffix.includes('*')) return { error: 'only one "*" may be used, as the first label' };
  const labels = suffix.split('.');
  if (labels.includes('')) return { error: 'a label of the host name is empty' };
  if (labels.length < 2) return { error: 'a wildcard needs at least two labels behind it: "*.example.com"' };
  const canonical = canonicalHost(suffix);
  if (canonical === undefined) return inert(suffix);
  if (isAddress(canonical)) return { inert: 'a wildcard never matches an address' };
  return canonical === suffix.toLowerCase() ? { host: { kind: 'subdomains', of: canonical } } : inert(suffix, '*.' + canonical);
}

function exact(host: string): HostPattern | { readonly inert: string; readonly suggestion?: string } {
  const canonical = canonicalHost(host);
  if (canonical === undefined) return inert(host, host.trim());
  if (canonical !== host.toLowerCase()) return inert(host, canonical);
  return { host: { kind: 'exact', host: canonical } };
}

/** Requests are compared in canonical form, so a rule in any other spelling is never equal to one. */
function inert(host: string, suggestion?: string): { readonly inert: string; readonly suggestion?: string } {
  const usable = suggestion !== undefined && suggestion !== host && canonicalHost(suggestion.replace(/^\*\./, '')) !== undefined;
  const inert = /[^\x20-\x7e]/.test(host)
    ? 'hosts are compared in their ASCII (punycode) form, which this is not'
    : 'no host is ever spelled like this, so the entry matches nothing';
  return usable ? { inert, suggestion } : { inert };
}
