// Sends so many bytes to whoever connects: node stream-server.mjs BYTES. Prints its port.
import { createServer } from 'node:net';

const total = Number(process.argv[2]);
const chunk = Buffer.alloc(256 * 1024, 'x');

const server = createServer((socket) => {
  let left = total;
  const send = () => {
    while (left > 0) {
      const piece = left >= chunk.length ? chunk : chunk.subarray(0, left);
      left -= piece.length;
      if (!socket.write(piece)) return;
    }
    socket.end();
  };
  socket.on('drain', send).on('error', () => undefined);
  socket.resume();
  send();
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
