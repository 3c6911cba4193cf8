import { createServer } from 'node:net';

import type { AsyncCleanup } from './sandbox';

export interface UnixServer {
  /** How many clients came. */
  readonly clients: () => number;
}

/** A server of the host on a Unix socket that greets each client and hangs up. */
export async function unixServer(context: AsyncCleanup, path: string, greeting = 'hello\n'): Promise<UnixServer> {
  let clients = 0;
  const server = createServer((socket) => {
    clients++;
    socket.on('error', () => socket.destroy()).resume();
    socket.end(greeting);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  context.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { clients: () => clients };
}
