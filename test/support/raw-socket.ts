import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import type { Cleanup } from './temporary';

/** Sends bytes as they are and resolves with everything that came back until the other side closed. */
export function exchange(port: number, bytes: string | Buffer, host = '127.0.0.1'): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect({ host, port, allowHalfOpen: true }, () => socket.write(bytes));
    socket.setEncoding('latin1').on('data', (text: string) => (received += text));
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve(received));
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? resolve(received) : reject(error)));
  });
}

/** A server on a free loopback port, closed with its connections when the test ends. */
export async function listen(server: Server, context: Cleanup): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

export function echoServer(): Server {
  return createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
}
