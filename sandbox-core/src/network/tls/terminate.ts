import type { Socket } from 'node:net';
import { TLSSocket, type SecureContext } from 'node:tls';

import { canonicalHost, type CanonicalHost, type Policy } from '../../policy';
import type { HttpFront } from '../http/front';
import type { Origin } from '../http/head';
import type { CertificateAuthority } from './authority';

/** srt: network.tlsTerminate. */
const DEFAULT_MAX_TUNNELS = 256;
const DEFAULT_HANDSHAKE_TIMEOUT_MS = 10_000;

export interface TlsTerminator {
  /** Whether network.tlsTerminate.maxTunnels are open. */
  isFull(): boolean;
  /** @param client has not been read from; its first bytes are a ClientHello */
  terminate(client: Socket, origin: Omit<Origin, 'scheme'>): Promise<void>;
  close(): void;
}

export interface TlsTerminatorOptions {
  readonly authority: CertificateAuthority;
  readonly front: HttpFront;
  readonly policy: () => Policy;
}

/** Plays the server towards the sandbox: with a certificate made for the host, HTTP/2 and HTTP/1.1. */
export function createTlsTerminator({ authority, front, policy }: TlsTerminatorOptions): TlsTerminator {
  const open = new Set<Socket>();
  return {
    isFull: () => open.size >= (policy().network.tlsTerminate?.maxTunnels ?? DEFAULT_MAX_TUNNELS),
    async terminate(client, { destination, source, caller }) {
      open.add(client);
      client.once('close', () => open.delete(client));
      const { network } = policy();
      const host = destination.host as CanonicalHost; // destinations are judged in this form
      const own = await authority.contextFor(host);
      if (client.destroyed) return;
      const contextFor = (name: string): Promise<SecureContext> => Promise.resolve(network.requireHostMatch === true ? own : authority.contextFor(canonicalHost(name) ?? host));
      const secure = new TLSSocket(client, {
        isServer: true,
        secureContext: own,
        ALPNProtocols: ['h2', 'http/1.1'],
        SNICallback: (name, done) => void contextFor(name).then((context) => done(null, context), (error: unknown) => done(error instanceof Error ? error : new Error(String(error)))),
      });
      const timer = setTimeout(() => client.destroy(), network.tlsTerminate?.handshakeTimeoutMs ?? DEFAULT_HANDSHAKE_TIMEOUT_MS);
      secure.once('error', () => client.destroy()); // most often a client that does not trust the session's CA
      secure.once('close', () => (clearTimeout(timer), client.destroy()));
      secure.once('secure', () => {
        clearTimeout(timer);
        Object.assign(secure, { secureConnecting: false }); // tls.Server would say so; node:http2 waits for it
        const name = (secure as { readonly servername?: string | false }).servername; // on servers, not in the types
        front.serveSecure(secure, { scheme: 'https', destination, source, caller, serverName: name ? (canonicalHost(name) ?? name) : undefined });
      });
    },
    close: () => open.forEach((client) => client.destroy()),
  };
}
