// One measurement of the network, from inside a sandbox or not: node network-client.mjs KIND HOST PORT COUNT none|environment|PROXY. Prints JSON.
import { once } from 'node:events';
import { createSocket } from 'node:dgram';
import { Agent, get } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';

const [kind, host, port, count, proxy] = process.argv.slice(2);
const proxyUrl = proxy === 'none' ? undefined : new URL(proxy === 'environment' ? process.env.HTTP_PROXY : proxy);
const login = proxyUrl?.username ? { 'Proxy-Authorization': `Basic ${Buffer.from(`${decodeURIComponent(proxyUrl.username)}:${decodeURIComponent(proxyUrl.password)}`).toString('base64')}` } : {};

const kinds = {
  /** Small HTTP requests on one connection, one after another. */
  async requests() {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const target = proxyUrl ? { host: proxyUrl.hostname, port: proxyUrl.port, path: `http://${host}:${port}/`, headers: { Host: `${host}:${port}`, ...login } } : { host, port, path: '/' };
    const times = [];
    const request = () => new Promise((resolve, reject) => get({ ...target, agent }, (response) => response.resume().on('end', resolve)).on('error', reject));
    for (let i = 0; i < 500; i++) await request(); // until everything on the way is compiled
    const started = performance.now();
    for (let i = 0; i < Number(count); i++) {
      const before = performance.now();
      await request();
      times.push(performance.now() - before);
    }
    times.sort((a, b) => a - b);
    return { perSecond: (Number(count) * 1000) / (performance.now() - started), p50: times[Math.floor(times.length / 2)], p99: times[Math.floor(times.length * 0.99)] };
  },
  /** New TLS connections, one after another. */
  async tls() {
    const started = performance.now();
    for (let i = 0; i < Number(count); i++) {
      const tunnel = proxyUrl ? await openTunnel() : undefined;
      const socket = connectTls({ ...(tunnel ? { socket: tunnel } : { host, port }), servername: host, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      socket.destroy();
    }
    return { perSecond: (Number(count) * 1000) / (performance.now() - started) };
  },
  /** DNS questions, 64 at a time. */
  async dns() {
    const socket = createSocket('udp4');
    const name = Buffer.concat([...host.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.from([0, 0, 1, 0, 1])]);
    const query = Buffer.concat([Buffer.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), name]);
    socket.connect(53, '198.18.0.1');
    await once(socket, 'connect');
    const started = performance.now();
    let answered = 0;
    for (let i = 0; i < 64; i++) socket.send(query);
    await new Promise((resolve) => socket.on('message', () => (++answered === Number(count) ? resolve() : socket.send(query))));
    return { perSecond: (Number(count) * 1000) / (performance.now() - started) };
  },
  /** Connections, 1 or 1,000 at a time; how many were lost. */
  connections: () => connections(1),
  burst: () => connections(1000),
  /** Opens connections, says so, and waits to be killed. */
  async idle() {
    const sockets = Array.from({ length: Number(count) }, () => connectTcp(Number(port), host));
    await Promise.all(sockets.map((socket) => once(socket, 'data')));
    process.stdout.write('open\n');
    await new Promise(() => setInterval(() => undefined, 1000));
  },
};

async function connections(atOnce) {
  let [lost, done] = [0, 0];
  const one = () => new Promise((resolve) => {
    let got = '';
    connectTcp(Number(port), host).on('data', (chunk) => (got += chunk)).on('error', () => undefined).on('close', () => resolve(got === 'x' ? 0 : 1));
  });
  const started = performance.now();
  while (done < Number(count)) {
    const results = await Promise.all(Array.from({ length: atOnce }, one));
    lost += results.reduce((sum, value) => sum + value, 0);
    done += atOnce;
  }
  return { lost, perSecond: (done * 1000) / (performance.now() - started) };
}

async function openTunnel() {
  const socket = connectTcp(Number(proxyUrl.port), proxyUrl.hostname);
  socket.write(`CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n${Object.entries(login).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
  const [head] = await once(socket, 'data');
  if (!String(head).startsWith('HTTP/1.1 200')) throw new Error(String(head).split('\r\n')[0]);
  return socket;
}

console.log(JSON.stringify(await kinds[kind]()));
process.exit(0);
