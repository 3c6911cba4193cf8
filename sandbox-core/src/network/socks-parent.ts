import { connect, type Socket } from 'node:net';

import { SocksClient } from 'socks';

import type { Destination } from './destination';

const LOOPBACK = '127.0.0.1';
/** The proxy has as long as the outside itself. */
const TIMEOUT_MS = 30_000;
const SOCKS_5 = 5;

/** Asks a SOCKS proxy on this machine for a connection (RFC 1928), by name: the proxy looks it up. @param port its local port */
export async function openThroughSocks(port: number, destination: Destination): Promise<Socket> {
  const proxy = await reach(port);
  const client = new SocksClient({ proxy: { host: LOOPBACK, port, type: SOCKS_5 }, command: 'connect', destination: { ...destination }, timeout: TIMEOUT_MS });
  const ended = (): void => void proxy.destroy(new Error('the SOCKS proxy closed the connection'));
  proxy.once('end', ended);
  await new Promise<void>((resolve, reject) => {
    client.once('error', reject);
    client.once('established', () => resolveWithEarlyBytes(proxy, resolve));
    client.connect(proxy);
  });
  proxy.off('end', ended);
  return proxy;
}

function reach(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const proxy = connect({ host: LOOPBACK, port, noDelay: true, allowHalfOpen: true });
    proxy.once('error', reject);
    proxy.once('connect', () => (proxy.off('error', reject), resolve(proxy)));
  });
}

/** The library hands on what a server said right behind the proxy's answer, and lets the socket flow, in the next turn: all of that is put back to be read. */
function resolveWithEarlyBytes(proxy: Socket, resolve: () => void): void {
  const early: Buffer[] = [];
  const keep = (chunk: Buffer): void => void early.push(chunk);
  proxy.on('data', keep);
  setImmediate(() => {
    proxy.pause().off('data', keep);
    if (early.length > 0) proxy.unshift(Buffer.concat(early));
    resolve();
  });
}
