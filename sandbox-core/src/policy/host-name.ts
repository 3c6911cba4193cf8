import * as ipaddr from 'ipaddr.js';

/**
 * The one spelling of a host that rules are compared with: lower case, punycode, no trailing dot, IPv4 in dotted decimal
 * (every inet_aton form too), IPv6 compressed and without brackets or zone, IPv4-mapped IPv6 as IPv4.
 */
export type CanonicalHost = string & { readonly brand: 'CanonicalHost' };

/** RFC 1035 §2.3.4: 253 characters without the trailing dot. */
const MAX_HOST_LENGTH = 253;
/** Letters, digits, hyphen and, as names in use have it, underscore; 63 characters a label (RFC 1035 §2.3.1, RFC 2181 §11). */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
/** What the URL parser would drop, decode or take for the end of a host: such a request is malformed, not normalized. */
const NEVER_IN_A_HOST = /[\p{Cc}\p{Cf}\p{Z}%/\\?#@<>^|`"'{}]/u;

/** Names that the URL parser would leave as they are: it takes a last label of digits for an address, and checks punycode. Most that are asked about. */
const PLAIN_NAME = /^(?:(?!xn--)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*(?!xn--)[a-z_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** Undefined: not a host name or address that may be asked for at all. */
export function canonicalHost(requested: string): CanonicalHost | undefined {
  if (requested.length <= MAX_HOST_LENGTH && PLAIN_NAME.test(requested)) return requested as CanonicalHost; // canonical as it is
  if (requested === '' || requested.length > MAX_HOST_LENGTH + 2 || NEVER_IN_A_HOST.test(requested)) return undefined;
  const address = canonicalAddress(requested.replace(/^\[(.*)\]$/, '$1'));
  if (address !== undefined) return address;
  if (/[[\]:]/.test(requested)) return undefined;
  return canonicalName(requested);
}

/** An IPv6 address or a dotted-decimal IPv4 address; the other IPv4 forms are left to the URL parser. */
export function canonicalAddress(text: string): CanonicalHost | undefined {
  const withoutZone = text.replace(/%.*$/, '');
  if (isDottedDecimal(withoutZone)) return withoutZone as CanonicalHost; // dotted decimal without leading zeros
  if (!withoutZone.includes(':') || !ipaddr.IPv6.isValid(withoutZone)) return undefined;
  return ipaddr.process(withoutZone).toString() as CanonicalHost; // ipaddr.js prints RFC 5952 and unmaps IPv4
}

export function isAddress(host: CanonicalHost): boolean {
  return isDottedDecimal(host) || (host.includes(':') && ipaddr.IPv6.isValid(host));
}

/** The library tells a name from an address by an exception, which is slow where thousands of names are looked at. */
function isDottedDecimal(text: string): boolean {
  return /^[0-9.]+$/.test(text) && ipaddr.IPv4.isValidFourPartDecimal(text);
}

export function isLoopbackName(host: CanonicalHost): boolean {
  return host === 'localhost' || host.endsWith('.localhost');
}

function canonicalName(requested: string): CanonicalHost | undefined {
  let parsed: URL;
  try {
    parsed = new URL(`http://${requested}/`);
  } catch {
    return undefined;
  }
  const host = parsed.hostname.replace(/\.$/, '');
  if (parsed.port !== '' || parsed.username !== '' || host.length > MAX_HOST_LENGTH) return undefined;
  if (isDottedDecimal(host)) return host as CanonicalHost; // the URL parser's output for 0x7f.1 and the like
  return host.split('.').every((label) => LABEL.test(label)) ? (host as CanonicalHost) : undefined; // checked label by label
}
