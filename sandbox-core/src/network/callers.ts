import type { Socket } from 'node:net';

import { canonicalHost } from '../policy';
import type { Caller } from './destination';

/** A connect that no connection followed (UDP, one that was interrupted) is forgotten after this time. */
const MAX_AGE_MS = 5_000;
const MAX_DESTINATIONS = 4096;
const MAX_WAITING = 64;
const DNS_PORT = 53;

/**
 * Who is behind a connection. A listener does not see the process at the other end, but the supervisor sees each connect
 * before it happens: the first connection to a destination belongs to the first connect to it.
 */
export interface Callers {
  expect(address: string, port: number, caller: Caller): void;
  take(address: string, port: number): Caller | undefined;
  /** Who is behind a connection that was accepted; to be asked first when it is. */
  of(connection: Socket): Caller | undefined;
  /** Whoever last turned to a DNS server: one question, whatever the server. */
  lastToAskDns(): Caller | undefined;
}

interface Expected {
  readonly caller: Caller;
  readonly at: number;
}

export function createCallers(now: () => number = () => performance.now()): Callers {
  const expected = new Map<string, Expected[]>();
  const known = new WeakMap<Socket, Caller | undefined>();
  let dns: Expected | undefined;
  const isFresh = ({ at }: Expected): boolean => now() - at < MAX_AGE_MS;
  const callers: Callers = {
    expect(address, port, caller) {
      const entry = { caller, at: now() };
      if (port === DNS_PORT) dns = entry;
      const key = keyOf(address, port);
      const waiting = (expected.get(key) ?? []).filter(isFresh);
      expected.delete(key);
      expected.set(key, [...waiting, entry].slice(-MAX_WAITING));
      if (expected.size > MAX_DESTINATIONS) expected.delete(expected.keys().next().value ?? '');
    },
    take(address, port) {
      const key = keyOf(address, port);
      const [first, ...others] = (expected.get(key) ?? []).filter(isFresh);
      if (others.length > 0) expected.set(key, others);
      else expected.delete(key);
      return first?.caller;
    },
    of(connection) {
      if (!known.has(connection)) known.set(connection, callers.take(connection.localAddress ?? '', connection.localPort ?? 0));
      return known.get(connection);
    },
    lastToAskDns: () => (dns && isFresh(dns) ? dns.caller : undefined),
  };
  return callers;
}

function keyOf(address: string, port: number): string {
  return `${canonicalHost(address) ?? address} ${port}`;
}
