import type { Server as HttpServer } from 'node:http';
import type { Server, Socket } from 'node:net';

import type { Callers } from './callers';
import type { SocksProxy } from './socks-proxy';

/** As long as a client may take for its first byte. */
const FIRST_BYTE_TIMEOUT_MS = 10_000;
/** RFC 1928 §3; HTTP starts with a letter. */
const SOCKS_VERSION = 5;

/** One port for both kinds of proxy: the first byte tells them apart. */
export function serveProxyPort(server: Server, http: () => HttpServer, socks: SocksProxy, callers: Callers): void {
  server.on('connection', (connection: Socket) => {
    callers.of(connection);
    const onError = (): void => void connection.destroy();
    connection.setTimeout(FIRST_BYTE_TIMEOUT_MS, onError);
    connection.on('error', onError);
    connection.once('readable', () => {
      const start = connection.read() as Buffer | null; // not in object mode
      if (start === null) return void connection.destroy(); // ended before it said anything
      connection.setTimeout(0).off('timeout', onError);
      connection.off('error', onError);
      connection.unshift(start);
      if (start[0] === SOCKS_VERSION) socks.serve(connection);
      else http().emit('connection', connection);
    });
  });
}
