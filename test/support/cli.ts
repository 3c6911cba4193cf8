import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export const root = join(__dirname, '..', '..', '..');
export const srtCommand = join(root, 'sandbox-core', 'bin', 'srt.js');
/** What `npm ci` has put into PATH: on Linux the native front, which becomes Node where it has to. */
export const srtProgram = join(root, 'node_modules', '.bin', 'srt');

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** In a process group of its own. */
  readonly detached?: boolean;
}

/** Runs `srt` as a user would, in a process of its own. */
export async function srt(args: readonly string[], options: CliOptions): Promise<CliResult> {
  const child = startSrt(args, options);
  child.stdin?.on('error', () => undefined).end(options.input ?? ''); // it may have ended without reading
  const closed = new Promise<Pick<CliResult, 'code' | 'signal'>>((resolve) => child.on('close', (code, signal) => resolve({ code, signal })));
  const [stdout, stderr, status] = await Promise.all([text(child.stdout!), text(child.stderr!), closed]);
  return { ...status, stdout, stderr };
}

/** SHLVL: with less, and a socket as its input, bash -c takes itself for started by a remote shell and reads ~/.bashrc. */
export function startSrt(args: readonly string[], { cwd, env, detached = false }: CliOptions): ChildProcess {
  return spawn(srtProgram, [...args], { cwd, env: { ...process.env, NO_COLOR: '1', SHLVL: '1', ...env }, stdio: ['pipe', 'pipe', 'pipe'], detached });
}
