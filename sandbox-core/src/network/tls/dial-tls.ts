import { connect as connectTls, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';

import type { Dial } from '../dial';
import type { Destination } from '../destination';

/** Between an open connection and the end of its TLS handshake. */
const HANDSHAKE_TIMEOUT_MS = 30_000;

/** A server whose certificate does not hold, or which speaks no TLS. */
export class ServerNotTrustedError extends Error {
  override readonly name = 'ServerNotTrustedError';
}

/** @param serverName what the certificate has to be for; empty: the destination's address */
export type DialTls = (destination: Destination, serverName: string, protocols: readonly string[]) => Promise<TLSSocket>;

/** Connects and verifies the server as the program in the sandbox would have done. @param trusted CA certificates in PEM */
export function createTlsDialer(dial: Dial, trusted: readonly string[]): DialTls {
  let context: SecureContext | undefined; // made when first needed: it takes some milliseconds for a whole system's list
  return async (destination, serverName, protocols) => {
    context ??= createSecureContext({ ca: [...trusted] });
    const secureContext = context;
    const socket = await dial(destination);
    return new Promise((resolve, reject) => {
      const secure = connectTls({ socket, host: destination.host, ...(serverName !== '' && { servername: serverName }), ALPNProtocols: [...protocols], secureContext });
      const timer = setTimeout(() => secure.destroy(new Error('no TLS handshake')), HANDSHAKE_TIMEOUT_MS);
      const fail = (error: Error): void => {
        clearTimeout(timer);
        secure.destroy();
        reject(new ServerNotTrustedError(`the TLS connection to the server failed: ${error.message}`, { cause: error }));
      };
      secure.once('error', fail);
      secure.once('secureConnect', () => {
        clearTimeout(timer);
        secure.off('error', fail);
        resolve(secure);
      });
    });
  };
}
