// Receives so many bytes, through a CONNECT tunnel or not: node stream-client.mjs HOST:PORT BYTES none|environment|PROXY. Prints the milliseconds.
import { once } from 'node:events';
import { connect } from 'node:net';

const [target, bytes, proxy] = process.argv.slice(2);
const proxyUrl = proxy === 'none' ? undefined : new URL(proxy === 'environment' ? process.env.HTTP_PROXY : proxy);
const [host, port] = target.split(':');

const socket = proxyUrl ? connect(Number(proxyUrl.port), proxyUrl.hostname) : connect(Number(port), host);
await once(socket, 'connect');
const started = performance.now();
let received = proxyUrl ? await openTunnel() : 0;
socket.on('data', (chunk) => (received += chunk.length));
await once(socket, 'end');
if (received !== Number(bytes)) throw new Error(`expected ${bytes} bytes, got ${received}`);
console.log(performance.now() - started);
socket.end();

/** Resolves with the number of bytes that came along with the proxy's answer. */
async function openTunnel() {
  const login = proxyUrl.username ? `Proxy-Authorization: Basic ${Buffer.from(`${decodeURIComponent(proxyUrl.username)}:${decodeURIComponent(proxyUrl.password)}`).toString('base64')}\r\n` : '';
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${login}\r\n`);
  let head = Buffer.alloc(0);
  while (!head.includes('\r\n\r\n')) head = Buffer.concat([head, (await once(socket, 'data'))[0]]);
  if (!/^HTTP\/1\.1 200/.test(head.toString('latin1'))) throw new Error(head.toString('latin1').split('\r\n')[0]);
  return head.length - head.indexOf('\r\n\r\n') - 4;
}
