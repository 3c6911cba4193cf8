import { strict as assert } from 'node:assert';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type Socket } from 'node:net';

import type { Policy } from 'sandbox-core/policy';

import { listen } from '../support/raw-socket';
import type { Attack, Lab, Laboratory, LabOptions } from './attack';

export const ENGINE = "the session's network: every address leads to it, and it judges each connection by name";

type Network = Partial<Policy['network']>;

export interface Target {
  readonly sandbox: Laboratory;
  readonly port: number;
  /** What reached the host. */
  readonly received: () => string;
  /** Runs JavaScript in the sandbox; the port and the arguments are in scope as `port` and `args`. Resolves with what it printed. */
  run(source: string, ...args: string[]): Promise<string>;
}

export type TargetOptions = Pick<LabOptions, 'ask' | 'environment'> & Omit<NonNullable<LabOptions['policy']>, 'network'> & { readonly address?: string };

/** A server on the host, at the end of every name, and a sandbox with this network. It says "ok" to who has said all. */
export async function target(lab: Lab, network: (port: number) => Network, options: TargetOptions = {}): Promise<Target> {
  let received = '';
  const server = createServer((socket: Socket) => void socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1'))).on('end', () => socket.end('ok')));
  server.on('connection', (socket: Socket) => (socket.allowHalfOpen = true));
  const port = await listen(server, { after: (undo) => lab.context.after(undo) });
  return { ...(await inSandbox(lab, port, network(port), options)), received: () => received };
}

export interface WebTarget extends Target {
  /** `METHOD host url`. */
  readonly requests: string[];
}

/** As target(), with a web server that says "ok" unless told otherwise. */
export async function webTarget(lab: Lab, network: (port: number) => Network, options: TargetOptions & { readonly serve?: RequestListener } = {}): Promise<WebTarget> {
  let received = '';
  const requests: string[] = [];
  const { serve = sayOk, ...rest } = options;
  const server = createHttpServer((request, response) => {
    requests.push(`${request.method} ${request.headers.host?.replace(/:\d+$/, '')} ${request.url}`);
    received += JSON.stringify(request.rawHeaders);
    // What the proxy finds to be bad half-way is cut, and then never ends.
    request.on('data', (chunk: Buffer) => (received += chunk.toString('latin1'))).on('end', () => serve(request, response)).on('error', () => undefined);
  });
  const port = await listen(server, { after: (undo) => lab.context.after(undo) });
  return { ...(await inSandbox(lab, port, network(port), rest)), requests, received: () => received };
}

const sayOk: RequestListener = (_request, response) => void response.end('ok');

async function inSandbox(lab: Lab, port: number, network: Network, { address = '127.0.0.1', ask, environment, ...policy }: TargetOptions): Promise<Omit<Target, 'received'>> {
  const sandbox = await lab.open({ policy: { ...policy, network }, ...(ask && { ask }), ...(environment && { environment }), lookup: () => Promise.resolve([{ address, family: address.includes(':') ? 6 : 4 }]) });
  const run: Target['run'] = async (source, ...args) => {
    const { stdout, stderr } = await sandbox.run([process.execPath, '-e', `const port = ${port}, args = process.argv.slice(1); ${PRELUDE} (async () => { ${source} })();`, ...args]);
    return stdout.trim() || stderr.trim();
  };
  return { sandbox, port, run };
}

/** `tcp(host)`, `socks(host bytes)` and `tunnel(authority)`: what comes of saying "secret" to a destination. `raw(bytes)`: all that the proxy says to them. */
const PRELUDE = `
  const net = require('node:net');
  const say = (socket) => new Promise((resolve) => { let got = ''; socket.on('data', (d) => (got += d)).on('end', () => resolve(got || 'end')).on('error', (e) => resolve(e.code)).on('close', () => resolve('closed')); socket.end('secret'); });
  const tcp = (host, at = port) => say(net.connect({ host, port: at, allowHalfOpen: true }));
  const first = (socket) => new Promise((resolve) => { socket.once('data', resolve).once('error', (e) => resolve(e.code)).once('close', () => resolve('closed')); });
  const proxy = () => net.connect({ host: '198.18.0.1', port: 3128, allowHalfOpen: true });
  const raw = (bytes, socket = proxy()) => new Promise((resolve) => { let got = ''; socket.on('data', (d) => (got += d)).on('end', () => socket.end()).on('error', (e) => (got ||= e.code)).on('close', () => resolve(got)); socket.write(Buffer.from(bytes, 'latin1')); });
  const statuses = (answer) => (answer.match(/HTTP\\/1\\.1 \\d+/g) || [answer]).map((line) => line.replace('HTTP/1.1 ', '')).join(' ');
  const socks = async (host, { at = port, command = 1 } = {}) => { const name = Buffer.from(host, 'latin1'), s = proxy(); s.write(Buffer.from([5, 1, 0])); await first(s); s.write(Buffer.from([5, command, 0, 3, name.length, ...name, at >> 8, at & 255])); const reply = await first(s); if (!Buffer.isBuffer(reply)) return reply; return reply[1] === 0 ? say(s) : 'socks ' + reply[1]; };
  const opened = async (authority) => { const s = proxy(); s.write('CONNECT ' + authority + ' HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'); const reply = await first(s); return Buffer.isBuffer(reply) && String(reply).slice(9, 12) === '200' ? s : Buffer.isBuffer(reply) ? String(reply).slice(9, 12) : reply; };
  const tunnel = async (authority) => { const s = await opened(authority); return typeof s === 'string' ? s : say(s); };`;

export const ALLOWED = (port: number): Network => ({ allowedDomains: [`good.test:${port}`, '127.0.0.1'] });

/** The same program reaches an allowed host, in every way there is. */
export const reachesAllowed: Attack['allowed'] = async (lab) => {
  const { run } = await target(lab, ALLOWED);
  assert.equal(await run("console.log(await tcp('good.test'), await socks('good.test'), await tunnel('good.test:' + port))"), 'ok ok ok');
};

/** Destinations none of which may be reached, over a plain connection, SOCKS and a tunnel; a plain name may also be unknown. */
export function unreachable(attack: Omit<Attack, 'attempt' | 'allowed' | 'stoppedBy'> & { readonly hosts: readonly string[]; readonly network?: (port: number) => Network }): Attack {
  const { hosts, network = ALLOWED, ...rest } = attack;
  return {
    ...rest,
    stoppedBy: ENGINE,
    async attempt(lab) {
      const { run, received, sandbox } = await target(lab, network);
      const answers = await run("for (const host of args) console.log(JSON.stringify([host, await socks(host), await tunnel((host.includes(':') ? '[' + host + ']' : host) + ':' + port), host.includes('\\0') ? '' : await tcp(host)]))", ...hosts);
      assert.equal(answers.split('\n').length, hosts.length, answers);
      const reached = answers.split('\n').filter((line) => /"(ok|end)"/.test(line));
      assert.deepEqual([reached, received()], [[], '']);
      assert.ok(sandbox.violations().length > 0);
    },
    allowed: reachesAllowed,
  };
}
