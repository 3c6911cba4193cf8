import { spawn, spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { constants } from 'node:os';
import { resolve } from 'node:path';

import { SandboxError, sessionLost } from '../errors';
import type { Host } from '../host/host';
import { locateHelper } from '../host/locate';
import { loadPolicy } from '../host/policy-file';
import { openSockets } from '../host/session-directory';
import { encodeFrame } from '../launch/frame';
import { createSession } from '../launch/session';
import { absolutePath, printable } from '../policy';
import { loadOptions, reportLeftOut, type LayerFlags } from './layers';
import type { Output } from './output';

export interface AttachFlags {
  readonly session?: string;
  readonly c?: string;
}

const EXIT_UNPRINTED = 1;
const FORWARDED: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];
const EXIT_KILLED = 128 + constants.signals.SIGKILL;
/** A terminal sends these to the command itself. */
const TERMINAL_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

/** `srt session`: keeps a session of the policy open, for `srt run` and others to start commands in, until it is interrupted. */
export async function sessionCommand(options: LayerFlags & { readonly json?: boolean }, host: Host, output: Output): Promise<number> {
  const loaded = loadPolicy(options.settings, loadOptions(options));
  reportLeftOut(loaded, output);
  const session = await createSession({ policy: loaded.policy, policyFiles: loaded.file ? [absolutePath(resolve(loaded.file.path))] : [], ...loaded.composition, notice: (text) => output.error(`srt: ${text}`), host, directory: absolutePath(process.cwd()) });
  try {
    const socket = await session.openSocket();
    // A program that puts its command behind `run` has it started without the start of a Node.
    output.result(options.json === true ? JSON.stringify({ id: session.id, socket, run: [locateHelper(), ...joining(socket), '--'] }) : socket);
    if (await output.failure()) return EXIT_UNPRINTED; // who is to know of the session? `main` says why
    const interrupted = new Promise<undefined>((end) => ['SIGINT', 'SIGTERM', 'SIGHUP'].forEach((signal) => process.once(signal, () => end(undefined))));
    const failed = await Promise.race([interrupted, session.ended]);
    if (failed) throw failed;
    return 0;
  } finally {
    await session.stop();
  }
}

/** `srt run`: a command in a session that runs already. It starts within some milliseconds, and shares loopback and /tmp with the others. */
export async function attachCommand(words: readonly string[], options: AttachFlags, host: Host, output: Output): Promise<number> {
  const argv = options.c === undefined ? words : ['bash', '-c', options.c, ...words];
  if (argv.length === 0 || argv[0] === '') throw new SandboxError('usage', 'No command specified. Use -c <command> or provide command arguments.');
  const socket = resolve(options.session ?? theOnlySession(host));
  const child = spawn(locateHelper(), [...joining(socket), '--signals-delivered', '--', ...argv], { stdio: 'inherit' });
  let notStarted: NodeJS.Signals | undefined;
  const forward = (signal: NodeJS.Signals): void => {
    if (process.stdin.isTTY && TERMINAL_SIGNALS.includes(signal)) return;
    void deliverSignal(socket, child.pid ?? 0, signal).then((isDelivered) => {
      if (isDelivered) return;
      notStarted = signal;
      child.kill('SIGKILL');
    });
  };
  for (const signal of [...FORWARDED, ...TERMINAL_SIGNALS]) process.on(signal, forward);
  try {
    const status = await new Promise<number>((end, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => end(signal === null ? (code ?? 1) : 128 + constants.signals[notStarted ?? signal]));
    });
    // Nobody else can say so: what waited for the command has become its sandbox.
    if (status === EXIT_KILLED && !(await isOpen(socket))) output.error(`Error: ${sessionLost().message}`);
    return status;
  } finally {
    if (process.stdin.isTTY) spawnSync(locateHelper(), ['terminal', 'reclaim', 'ended'], { stdio: 'inherit', env: {} });
  }
}

/** Arguments of srt-helper. */
function joining(socket: string): readonly string[] {
  return ['run', '--session', socket, '--label', 'srt run'];
}

/** False: the session knows of no such command, or is gone. */
function deliverSignal(socket: string, pid: number, signal: NodeJS.Signals): Promise<boolean> {
  return new Promise((end) => {
    let answer = Buffer.alloc(0);
    const connection = connect(socket, () => connection.write(encodeFrame('signal', pid, constants.signals[signal])));
    connection.on('data', (chunk: Buffer) => (answer = Buffer.concat([answer, chunk])));
    connection.on('error', () => undefined); // closed, with no answer
    connection.once('close', () => end(answer.equals(encodeFrame('signalled'))));
  });
}

/** A session that ends takes no connection any more before it has ended its commands. */
function isOpen(socket: string): Promise<boolean> {
  return new Promise((end) => {
    const connection = connect(socket, () => end(true));
    connection.on('error', () => end(false));
    connection.once('connect', () => connection.destroy());
  });
}

function theOnlySession({ temporary, user }: Host): string {
  const [first, ...others] = openSockets(temporary, user);
  if (first === undefined) throw new SandboxError('usage', 'no session is open to join. Start one with: srt session');
  if (others.length > 0) throw new SandboxError('usage', `several sessions are open; name one with --session:\n${[first, ...others].map((path) => `  ${printable(path, 400)}`).join('\n')}`);
  return first;
}
