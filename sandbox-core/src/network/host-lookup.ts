import type { LookupAddress } from 'node:dns';

/** Turns a name into addresses, as getaddrinfo(3) would on the host. */
export type HostLookup = (name: string) => Promise<readonly LookupAddress[]>;
