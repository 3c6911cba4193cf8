import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { connect, type Socket } from 'node:net';

import { canonicalHost, isAddress } from '../policy';
import type { Destination } from './destination';
import type { HostLookup } from './host-lookup';
import { isLoopbackAddress, refuseAddress, type AddressRules } from './vet-address';

/** As long as a patient client waits. */
const CONNECT_TIMEOUT_MS = 30_000;

export interface DialOptions {
  readonly lookup: HostLookup;
  readonly addressRules: () => AddressRules;
  /** Addresses that the policy allows by their number, with or without the port: they may be what a name resolves to. */
  readonly isAllowedAddress: (address: string, port: number) => boolean;
}

/** An allowed name that resolved to addresses it must not lead to. */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';
}

/** @param options.paused nothing is read from the socket until somebody resumes it */
export type Dial = (destination: Destination, options?: { readonly paused?: boolean }) => Promise<Socket>;

/**
 * Connects to an allowed destination. A name is resolved once, its addresses are vetted, and the connection goes to a
 * vetted address: nothing is looked up again in between.
 */
export function createDialer(options: DialOptions): Dial {
  return async (destination, { paused = false } = {}) => {
    const addresses = await vettedAddresses(destination, options);
    return connectTo(destination.port, addresses, paused);
  };
}

/** The host's resolver, /etc/hosts included. */
export const lookupOnHost: HostLookup = (name) =>
  new Promise((resolve, reject) => {
    systemLookup(name, { all: true, verbatim: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });

async function vettedAddresses({ host, port }: Destination, options: DialOptions): Promise<readonly LookupAddress[]> {
  const canonical = canonicalHost(host);
  if (canonical === undefined) throw new AddressRefusedError('not a well-formed host');
  if (isAddress(canonical)) return [{ address: canonical, family: canonical.includes(':') ? 6 : 4 }];
  const found = await options.lookup(canonical);
  if (canonical === 'localhost') return found.filter(({ address }) => isLoopbackAddress(address));
  const rules = options.addressRules();
  const judged = found.map((entry) => ({ entry, refusal: options.isAllowedAddress(entry.address, port) ? undefined : refuseAddress(entry.address, rules) }));
  const allowed = judged.filter(({ refusal }) => refusal === undefined).map(({ entry }) => entry);
  if (allowed.length === 0) throw new AddressRefusedError(judged[0]?.refusal ?? 'resolved to no address');
  return allowed;
}

function connectTo(port: number, addresses: readonly LookupAddress[], paused: boolean): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: addresses[0]?.address ?? '',
      port,
      autoSelectFamily: true,
      allowHalfOpen: true,
      noDelay: true,
      // Only reached for more than one address: Node tries them in turn (RFC 8305).
      ...(addresses.length > 1 && { host: 'vetted.invalid', lookup: (_name, _options, done) => done(null, [...addresses]) }),
    });
    if (paused) socket.pause();
    const onTimeout = (): void => void socket.destroy(new Error(`no answer within ${CONNECT_TIMEOUT_MS / 1000} s`));
    socket.setTimeout(CONNECT_TIMEOUT_MS, onTimeout);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('timeout', onTimeout);
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
