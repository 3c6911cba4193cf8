import * as ipaddr from 'ipaddr.js';

/**
 * Addresses that stand for names inside a sandbox: 198.18.0.0/15 and 2001:2::/48 are set aside for benchmarks (RFC 2544,
 * RFC 5180), so no service lives there. The first /24 is kept for the sandbox's own endpoints.
 */
export const GATEWAY_ADDRESS = '198.18.0.1';

const IPV4_RANGE = ipaddr.IPv4.parseCIDR('198.18.0.0/15');
const IPV6_RANGE = ipaddr.IPv6.parseCIDR('2001:2::/48');
const FIRST = 256;
const CAPACITY = 2 ** 17 - FIRST;

export interface AddressPair {
  readonly ipv4: string;
  readonly ipv6: string;
}

export interface NameAddresses {
  /** The addresses of a name, new ones if it has none; the same name keeps its addresses while it is in use. */
  addressesFor(name: string): AddressPair;
  nameOf(address: string): string | undefined;
}

/** @param capacity names that are remembered; beyond it the one that was longest unused loses its addresses */
export function createNameAddresses(capacity: number = CAPACITY): NameAddresses {
  const numbers = new Map<string, number>(); // in the order of their last use
  const names = new Map<number, string>();
  let next = 0;

  function takeNumber(): number {
    if (next < capacity) return FIRST + next++;
    const [oldest, number] = numbers.entries().next().value ?? ['', FIRST];
    numbers.delete(oldest);
    return number;
  }

  return {
    addressesFor(name) {
      const number = numbers.get(name) ?? takeNumber();
      numbers.delete(name);
      numbers.set(name, number);
      names.set(number, name);
      return addressPair(number);
    },
    nameOf(address) {
      const number = numberOf(address);
      return number === undefined ? undefined : names.get(number);
    },
  };
}

/** Whether an address is one of those that stand for names: it is nothing else. */
export function isNameAddress(address: string): boolean {
  return numberOf(address) !== undefined;
}

function addressPair(number: number): AddressPair {
  const low = [(number >>> 16) & 0xff, (number >>> 8) & 0xff, number & 0xff] as const;
  return {
    ipv4: new ipaddr.IPv4([198, 18 + low[0], low[1], low[2]]).toString(),
    ipv6: new ipaddr.IPv6([0x2001, 2, 0, 0, 0, 0, low[0], low[1] * 256 + low[2]]).toString(),
  };
}

function numberOf(text: string): number | undefined {
  if (!ipaddr.isValid(text)) return undefined;
  const address = ipaddr.process(text);
  const isOurs = address instanceof ipaddr.IPv4 ? address.match(IPV4_RANGE) : address.match(IPV6_RANGE);
  if (!isOurs) return undefined;
  const [b2 = 0, b1 = 0, b0 = 0] = address.toByteArray().slice(-3);
  return address instanceof ipaddr.IPv4 ? (b2 - 18) * 65_536 + b1 * 256 + b0 : b2 * 65_536 + b1 * 256 + b0;
}
