import { createServer } from 'node:net';

import { createMessageConnection, SocketMessageReader, SocketMessageWriter } from 'vscode-jsonrpc/node';

import { createSessionHost } from './session-host';

/** Between the end of one window's connection and the next one's beginning. What runs is waited for in any case. */
const GRACE_MS = 2_000;
const IDLE_CHECK_MS = 500;

/**
 * The session host: a process of its own, so that a busy or restarting extension host never holds up a sandboxed program's
 * connections, and terminals survive it. It ends when no window is attached and nothing runs any more.
 */
function main(socketPath: string): void {
  const host = createSessionHost();
  let attached = 0;
  let lastSeen = Date.now();
  const server = createServer((socket) => {
    attached++;
    const connection = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
    const detach = host.attach(connection);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      attached--;
      lastSeen = Date.now();
      detach();
    });
    connection.listen();
  });
  const end = (): void => {
    clearInterval(idle);
    server.close(); // removes the socket
    void host.stop().finally(() => process.exit(0));
  };
  const idle = setInterval(() => {
    host.prune();
    if (attached > 0 || host.running > 0) lastSeen = Date.now();
    else if (Date.now() - lastSeen > GRACE_MS) end();
  }, IDLE_CHECK_MS);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, end);
  process.on('SIGHUP', () => undefined); // whoever started it may be gone before it ends
  server.once('error', (error) => {
    console.error(error.message);
    process.exit(1);
  });
  server.listen(socketPath, () => process.send?.('ready'));
}

main(process.argv[2] ?? '');
