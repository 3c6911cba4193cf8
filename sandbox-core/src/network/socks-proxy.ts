import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { createServer as createSocksServer, type Socks5Server } from '@pondwader/socks5-server';

import type { Callers } from './callers';
import { once } from './once';
import { isSame, type ProxyCredentials } from './proxy-credentials';
import type { OpenTunnel, TunnelRefusal } from './tunnel';

/** A client that has not asked for anything by then is let go. */
const GREETING_TIMEOUT_MS = 10_000;

export interface SocksProxy {
  /** Takes over a connection; nothing has been read from it, or what was read has been put back. */
  serve(connection: Socket): void;
}

type SocksStatus = Parameters<Parameters<Socks5Server['connectionHandler']>[1]>[0];

/** SOCKS5 (RFC 1928), CONNECT only; with user name and password (RFC 1929) where others than the sandbox could reach it. */
export function createSocksProxy(openTunnel: OpenTunnel, callers: Callers, credentials?: ProxyCredentials): SocksProxy {
  const stopWaiting = new WeakMap<Duplex, () => void>();
  const server = once(() => configuredServer(openTunnel, callers, stopWaiting, credentials));
  return {
    serve(connection) {
      const giveUp = (): void => void connection.destroy();
      const timer = setTimeout(giveUp, GREETING_TIMEOUT_MS);
      stopWaiting.set(connection, () => {
        clearTimeout(timer);
        connection.off('end', giveUp);
      });
      connection.on('error', giveUp).once('end', giveUp).once('close', () => clearTimeout(timer));
      server()._handleConnection(connection);
    },
  };
}

function configuredServer(openTunnel: OpenTunnel, callers: Callers, stopWaiting: WeakMap<Duplex, () => void>, credentials?: ProxyCredentials): Socks5Server {
  const server = createSocksServer();
  if (credentials) server.setAuthHandler(({ username, password }) => isSame(`${username}:${password}`, `${credentials.user}:${credentials.password}`));
  server.setConnectionHandler((request, sendStatus) => {
    const client = request.socket;
    // The server resumes the stream when this returns; what the client says then has to wait for its tunnel.
    process.nextTick(() => client.pause());
    stopWaiting.get(client)?.();
    const caller = client instanceof Socket ? callers.of(client) : undefined;
    void openTunnel({
      client,
      destination: { host: request.destAddress, port: request.destPort },
      source: 'proxy',
      ...(caller && { caller }),
      opened: () => {
        sendStatus('REQUEST_GRANTED');
        return Promise.resolve();
      },
      refused: (refusal) => sendStatus(statusOf(refusal)),
    });
  });
  return server;
}

function statusOf(refusal: TunnelRefusal): SocksStatus {
  if (refusal.kind !== 'unreachable') return 'CONNECTION_NOT_ALLOWED';
  return STATUS_OF_ERRNO[refusal.errno] ?? 'GENERAL_FAILURE';
}

const STATUS_OF_ERRNO: Readonly<Record<string, SocksStatus>> = {
  ECONNREFUSED: 'CONNECTION_REFUSED',
  ENETUNREACH: 'NETWORK_UNREACHABLE',
  EHOSTUNREACH: 'HOST_UNREACHABLE',
  ENOTFOUND: 'HOST_UNREACHABLE',
  ETIMEDOUT: 'HOST_UNREACHABLE',
};
