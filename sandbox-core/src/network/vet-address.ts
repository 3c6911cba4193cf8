import * as ipaddr from 'ipaddr.js';

/** Cloud providers' metadata services, which hand out credentials; beyond 169.254.0.0/16, which is link-local. */
const METADATA_ADDRESSES = ['100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:ec2::/32', 'fd20:ce::254', 'fd00:c1::a9fe:a9fe', 'fd00:42::42', 'fd00:a9fe:a9fe::1', 'fd00:100::100:200'].map(parsePrefix);

/** RFC 6052 well-known prefix and RFC 3056: IPv4 addresses inside IPv6 ones. */
const NAT64 = ipaddr.IPv6.parse('64:ff9b::');
const NAT64_BITS = 96;
const SIX_TO_FOUR = ipaddr.IPv6.parse('2002::');
const SIX_TO_FOUR_BITS = 16;

type Address = ipaddr.IPv4 | ipaddr.IPv6;
export type AddressPrefix = readonly [Address, number];

export interface AddressRules {
  /** srt: network.deniedResolvedAddresses and the addresses in deniedDomains. */
  readonly denied: readonly AddressPrefix[];
  /** The host's own addresses: services there expect only itself. */
  readonly own: readonly string[];
}

/**
 * Why an allowed name must not lead to this address, or undefined if it may. A name is a promise about the outside: an
 * answer that points inside (DNS rebinding) would turn it into a way around the rules.
 */
export function refuseAddress(text: string, rules: AddressRules): string | undefined {
  return embeddedAddresses(ipaddr.process(text))
    .map((address) => refuseOne(address, rules))
    .find((reason) => reason !== undefined);
}

function refuseOne(address: Address, { denied, own }: AddressRules): string | undefined {
  const range = address.range();
  if (range === 'loopback') return 'resolved to a loopback address';
  if (range === 'linkLocal') return 'resolved to a link-local address';
  if (range === 'unspecified') return 'resolved to the unspecified address';
  if (range === 'multicast' || range === 'broadcast') return `resolved to a ${range} address`;
  if (address.kind() === 'ipv4' && address.toByteArray()[0] === 0) return 'resolved to an address of "this network"';
  if (METADATA_ADDRESSES.some((prefix) => isWithin(address, prefix))) return "resolved to a cloud provider's metadata address";
  if (own.includes(address.toString())) return 'resolved to an address of this machine';
  if (denied.some((prefix) => isWithin(address, prefix))) return 'resolved to a denied address';
  return undefined;
}

export function isLoopbackAddress(text: string): boolean {
  // The library tells a name from an address by an exception, which would be the slowest part of a small request.
  return /^[0-9.]+$|:/.test(text) && ipaddr.isValid(text) && ipaddr.process(text).range() === 'loopback';
}

/** An address or a prefix; the caller has validated it. */
export function parsePrefix(text: string): AddressPrefix {
  const bare = text.replace(/%[^/]*/, '');
  if (bare.includes('/')) return ipaddr.parseCIDR(bare);
  const address = ipaddr.process(bare);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

function isWithin(address: Address, [network, bits]: AddressPrefix): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

/** The address and the IPv4 address that a translated form carries inside. */
function embeddedAddresses(address: Address): Address[] {
  if (!(address instanceof ipaddr.IPv6)) return [address];
  const bytes = address.toByteArray();
  if (address.match(NAT64, NAT64_BITS)) return [address, new ipaddr.IPv4(bytes.slice(12))];
  if (address.match(SIX_TO_FOUR, SIX_TO_FOUR_BITS)) return [address, new ipaddr.IPv4(bytes.slice(2, 6))];
  // IPv4-compatible, deprecated, but stacks still route it.
  if (bytes.slice(0, 12).every((byte) => byte === 0) && !address.match(ipaddr.IPv6.parse('::'), 127)) return [address, new ipaddr.IPv4(bytes.slice(12))];
  return [address];
}
