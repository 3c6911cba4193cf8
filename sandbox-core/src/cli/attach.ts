import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { resolve } from 'node:path';

import { SandboxError } from '../errors';
import type { Host } from '../host/host';
import { locateHelper } from '../host/locate';
import { loadPolicy } from '../host/policy-file';
import { openSockets } from '../host/session-directory';
import { createSession } from '../launch/session';
import { absolutePath, printable } from '../policy';
import { loadOptions, reportLeftOut, type LayerFlags } from './layers';
import type { Output } from './output';

export interface AttachFlags {
  readonly session?: string;
  readonly c?: string;
}

const FORWARDED: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];

/** `srt session`: keeps a session of the policy open, for `srt run` and others to start commands in, until it is interrupted. */
export async function sessionCommand(options: LayerFlags & { readonly json?: boolean }, host: Host, output: Output): Promise<number> {
  const loaded = loadPolicy(options.settings, loadOptions(options));
  reportLeftOut(loaded, output);
  const session = await createSession({ policy: loaded.policy, policyFiles: loaded.file ? [absolutePath(resolve(loaded.file.path))] : [], ...loaded.composition, notice: (text) => output.error(`srt: ${text}`), host, directory: absolutePath(process.cwd()) });
  try {
    const socket = await session.openSocket();
    output.result(options.json === true ? JSON.stringify({ id: session.id, socket }) : socket);
    const interrupted = new Promise<undefined>((end) => ['SIGINT', 'SIGTERM', 'SIGHUP'].forEach((signal) => process.once(signal, () => end(undefined))));
    const failed = await Promise.race([interrupted, session.ended]);
    if (failed) throw failed;
    return 0;
  } finally {
    await session.stop();
  }
}

/** `srt run`: a command in a session that runs already. It starts within some milliseconds, and shares loopback and /tmp with the others. */
export async function attachCommand(words: readonly string[], options: AttachFlags, host: Host): Promise<number> {
  const argv = options.c === undefined ? words : ['bash', '-c', options.c, ...words];
  if (argv.length === 0 || argv[0] === '') throw new SandboxError('usage', 'No command specified. Use -c <command> or provide command arguments.');
  const socket = options.session ?? theOnlySession(host);
  const child = spawn(locateHelper(), ['run', '--session', resolve(socket), '--label', 'srt run', '--', ...argv], { stdio: 'inherit' });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  // The terminal sends these to the command itself.
  const ignore = (): void => undefined;
  for (const signal of FORWARDED) process.on(signal, forward);
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, ignore);
  try {
    return await new Promise((end, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => end(signal === null ? (code ?? 1) : 128 + constants.signals[signal]));
    });
  } finally {
    if (process.stdin.isTTY) spawnSync(locateHelper(), ['terminal', 'reclaim', 'ended'], { stdio: 'inherit', env: {} });
  }
}

function theOnlySession({ temporary, user }: Host): string {
  const [first, ...others] = openSockets(temporary, user);
  if (first === undefined) throw new SandboxError('usage', 'no session is open to join. Start one with: srt session');
  if (others.length > 0) throw new SandboxError('usage', `several sessions are open; name one with --session:\n${[first, ...others].map((path) => `  ${printable(path, 400)}`).join('\n')}`);
  return first;
}
