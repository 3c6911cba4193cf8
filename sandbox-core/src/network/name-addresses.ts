/**
 * Addresses that stand for names inside a sandbox.
 *
 * 198.18.0.0/15 is set aside for benchmarks (RFC 2544), so no service lives there. The first /24 is kept for the sandbox's
 * own endpoints.
 */
export const GATEWAY_ADDRESS = '198.18.0.1';

const FIRST = addressNumber('198.18.1.0');
const LAST = addressNumber('198.19.255.255');
const CAPACITY = LAST - FIRST + 1;

export interface NameAddresses {
  /** The address of a name, a new one if it has none; the same name keeps its address while it is in use. */
  addressFor(name: string): string;
  nameOf(address: string): string | undefined;
}

/** @param capacity names that are remembered; beyond it the one that was longest unused loses its address */
export function createNameAddresses(capacity: number = CAPACITY): NameAddresses {
  const addresses = new Map<string, number>(); // in the order of their last use
  const names = new Map<number, string>();
  let next = 0;

  function takeAddress(): number {
    if (next < capacity) return FIRST + next++;
    const [oldest, address] = addresses.entries().next().value ?? ['', FIRST];
    addresses.delete(oldest);
    return address;
  }

  return {
    addressFor(name) {
      const address = addresses.get(name) ?? takeAddress();
      addresses.delete(name);
      addresses.set(name, address);
      names.set(address, name);
      return addressText(address);
    },
    nameOf: (address) => (isNumericAddress(address) ? names.get(addressNumber(address)) : undefined),
  };
}

/** Whether an address is one of those that stand for names: it is nothing else. */
export function isNameAddress(address: string): boolean {
  return isNumericAddress(address) && addressNumber(address) >= addressNumber('198.18.0.0') && addressNumber(address) <= LAST;
}

function isNumericAddress(address: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(address);
}

function addressNumber(address: string): number {
  return address.split('.').reduce((value, part) => value * 256 + Number(part), 0);
}

function addressText(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
}
