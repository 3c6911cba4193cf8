import * as ipaddr from 'ipaddr.js';

import { ALLOWED_DOMAIN, DENIED_DOMAIN, HOST_ONLY, parseHostPattern, type HostPatternGrammar } from './host-pattern';

/**
 * The value grammars of the policy schema (its `format` keywords). Each returns what is wrong with a value, or undefined.
 * Inert values, which srt accepts although they can never match, are not wrong here: they are findings of their own.
 */
export const formatErrors: Readonly<Record<string, (value: string) => string | undefined>> = {
  'srt-path': (value) => (value.includes('\0') ? 'a path cannot have a NUL character' : undefined),
  'srt-domain': (value) => hostError(value, ALLOWED_DOMAIN),
  'srt-denied-domain': (value) => hostError(value, DENIED_DOMAIN),
  'srt-host': (value) => hostError(value, HOST_ONLY),
  'srt-ip-or-cidr': (value) => (isAddressOrPrefix(value) ? undefined : 'expected an IPv4 or IPv6 address, or a prefix such as 10.0.0.0/8'),
  'srt-absolute-path': (value) => (value.startsWith('/') || /^[A-Za-z]:[\\/]/.test(value) ? undefined : 'expected an absolute path'),
  'srt-regex-with-group': expressionError,
  'srt-http-url': urlError,
};

/** For the generated validator. */
export const formats: Readonly<Record<string, (value: string) => boolean>> = Object.fromEntries(
  Object.entries(formatErrors).map(([name, error]) => [name, (value: string) => error(value) === undefined]),
);

function hostError(value: string, grammar: HostPatternGrammar): string | undefined {
  const result = parseHostPattern(value, grammar);
  return 'error' in result ? result.error : undefined;
}

/** srt: a mapped IPv4 prefix shorter than /96 would cover more than IPv4, so it is refused. */
function isAddressOrPrefix(value: string): boolean {
  const [address = '', prefix, ...rest] = value.split('/');
  const bare = address.replace(/%.*$/, '');
  if (rest.length > 0 || !(ipaddr.IPv4.isValidFourPartDecimal(bare) || (bare.includes(':') && ipaddr.IPv6.isValid(bare)))) return false;
  if (prefix === undefined) return true;
  const parsed = ipaddr.parse(bare);
  const isMapped = parsed.kind() === 'ipv6' && (parsed as ipaddr.IPv6).isIPv4MappedAddress(); // kind() just told
  return /^[0-9]+$/.test(prefix) && Number(prefix) <= (parsed.kind() === 'ipv4' ? 32 : 128) && !(isMapped && Number(prefix) < 96);
}

function expressionError(value: string): string | undefined {
  try {
    const groups = (new RegExp(`${value}|`).exec('')?.length ?? 1) - 1;
    return groups > 0 ? undefined : 'expected a capture group: only what group 1 matches is hidden';
  } catch (error) {
    return `expected a regular expression: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** A proxy may be given without its scheme, as in the environment variables it stands in for. */
function urlError(value: string): string | undefined {
  try {
    const url = new URL(value.includes('://') ? value : `http://${value}`);
    return url.protocol === 'http:' || url.protocol === 'https:' ? undefined : 'expected an http or https URL';
  } catch {
    return 'expected an http or https URL';
  }
}
