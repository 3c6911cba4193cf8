import { constants } from 'node:os';
import type { Readable } from 'node:stream';

import { SandboxError } from '../errors';
import type { ExitStatus } from '../launch/command-channel';
import type { SandboxProcess } from '../launch/sandbox-process';
import type { Session } from '../launch/session';
import { violationsOf } from '../monitor/command-violations';
import type { CommandLimits } from '../plan/limits';
import { expandPath, type AbsolutePath, type PathContext, type Violation } from '../policy';
import { checkedLimits } from './checked-policy';
import { checkedEnvironment, checkedPath, checkWords, isRecord, usage } from './checked-request';
import { feed, isInput, type Input } from './input';
import { after, checkedTimeLimit } from './time-limit';

/** An argument vector, run without a shell; or a line for a shell (bash unless `program` names another one that knows -c). */
export type SandboxCommand = readonly string[] | { readonly shell: string; readonly program?: string };

type Stream = 'pipe' | 'inherit' | 'ignore';

/**
 * @property directory where the command starts; the sandbox's directory unless given
 * @property environment instead of this process's; what leads out of the sandbox is taken out of it
 * @property label what the command is called in violations
 * @property limits tighter than the policy's
 * @property timeoutMs the command is ended after so long; Infinity: never
 * @property signal ends the command when it aborts
 * @property stdin there is nothing to read, and `RunningCommand.stdin` is null, unless it is `pipe` or `inherit`
 * @property stdout `pipe` unless given, as is stderr
 * @property terminal `inherit`: the command shares this process's terminal
 */
export interface StartOptions {
  readonly directory?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly label?: string;
  readonly limits?: CommandLimits;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly stdin?: Stream;
  readonly stdout?: Stream;
  readonly stderr?: Stream;
  readonly terminal?: 'inherit' | 'none';
}

/**
 * How a command ended.
 *
 * @property ended `exit`: by itself, or by somebody's signal; `timeout` and `abort`: everything it had started ended with it
 * @property violations what it was refused, each thing once with its count
 */
export interface CommandResult extends ExitStatus {
  readonly ended: 'exit' | 'timeout' | 'abort';
  readonly violations: readonly Violation[];
}

/** A command that runs. */
export interface RunningCommand extends Pick<SandboxProcess, 'pid' | 'stdin' | 'stdout' | 'stderr' | 'signal' | 'kill'> {
  /** What the command is called in violations. */
  readonly label: string;
  /** Rejects with a SandboxError if the command could not be started. */
  readonly result: Promise<CommandResult>;
}

/**
 * @property input what the command reads; nothing unless given. A stream is destroyed when the command reads no further. If a stream fails, the command is ended, and `execute` rejects with its error
 * @property maxOutputBytes kept of stdout and of stderr each, 16 MiB unless given; what comes beyond is dropped
 * @property onStdout told of output as it comes, all of it
 */
export interface ExecuteOptions extends Omit<StartOptions, 'stdin' | 'stdout' | 'stderr' | 'terminal'> {
  readonly input?: Input;
  readonly maxOutputBytes?: number;
  readonly onStdout?: OutputListener;
  readonly onStderr?: OutputListener;
}

/** What it throws ends the command, and is what `execute` rejects with. */
type OutputListener = (chunk: Buffer) => void;

/** @property truncated more was printed than is kept */
export interface ExecuteResult extends CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
}

const DEFAULT_OUTPUT_BYTES = 16 * 1024 * 1024;

/** Throws a SandboxError if it is not one. */
export function commandWords(command: SandboxCommand): readonly string[] {
  const words = isRecord(command) && 'shell' in command ? [command.program ?? 'bash', '-c', command.shell] : command;
  checkWords(words);
  return words;
}

/**
 * @property isOwn the engine chose the words itself: command rules are not asked about them
 * @property endsWhenTruncated the command is ended once it has printed more than is kept
 */
export interface Start extends StartOptions {
  readonly words: readonly string[];
  readonly label: string;
  readonly isOwn?: boolean;
  readonly endsWhenTruncated?: boolean;
}

export async function startCommand(session: Session, start: Start, context: PathContext): Promise<RunningCommand> {
  const { words, label, signal, limits } = start;
  const timeoutMs = checkedTimeLimit(start.timeoutMs);
  const environment = checkedEnvironment(start.environment);
  if (signal?.aborted) throw new SandboxError('aborted', 'the command was not run: its signal was aborted before');
  const refused = violationsOf(session.violations, label);
  try {
    const running = await session.run({
      argv: words,
      directory: directoryOf(start, context),
      terminal: start.terminal ?? 'none',
      streams: [start.stdin ?? 'ignore', start.stdout ?? 'pipe', start.stderr ?? 'pipe'],
      task: label,
      ...(environment && { environment }),
      ...(limits && { limits: checkedLimits(limits) }),
      ...(start.isOwn === true && { isOwn: true }),
    });
    const result = endOf(running, { timeoutMs, signal }).then((end) => ({ ...end, violations: refused.violations() })).finally(refused.close);
    result.catch(() => undefined); // whoever awaits it gets the error
    const { pid, stdin, stdout, stderr } = running;
    return { pid, stdin, stdout, stderr, label, result, signal: (name) => running.signal(checkedSignal(name)), kill: running.kill };
  } catch (error) {
    refused.close();
    throw error;
  }
}

function checkedSignal(name: NodeJS.Signals): NodeJS.Signals {
  if (!Object.hasOwn(constants.signals, name)) throw usage('the name of a signal, such as SIGTERM', name);
  return name;
}

/** Throws a SandboxError if it is none. */
export function directoryOf({ directory }: Pick<StartOptions, 'directory'>, context: PathContext): AbsolutePath {
  return directory === undefined ? context.base : expandPath(checkedPath(directory, 'the directory to start in as a path'), context);
}

async function endOf(running: SandboxProcess, { timeoutMs, signal }: { readonly timeoutMs: number | undefined; readonly signal: AbortSignal | undefined }): Promise<Omit<CommandResult, 'violations'>> {
  let ended: CommandResult['ended'] = 'exit';
  const end = (reason: CommandResult['ended']) => (): void => {
    ended = reason;
    running.kill();
  };
  const abort = end('abort');
  const callOff = timeoutMs === undefined ? undefined : after(timeoutMs, end('timeout'));
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  try {
    const status = await running.exited;
    return { ...status, ended };
  } finally {
    callOff?.();
    signal?.removeEventListener('abort', abort);
  }
}

/** Runs a command to its end. */
export async function executeCommand(session: Session, start: Start & ExecuteOptions, context: PathContext): Promise<ExecuteResult> {
  const { stdout, stderr, ...rest } = await executeForBytes(session, start, context);
  return { ...rest, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') };
}

export interface BytesResult extends CommandResult {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly truncated: boolean;
}

export async function executeForBytes(session: Session, start: Start & ExecuteOptions, context: PathContext): Promise<BytesResult> {
  const { input, maxOutputBytes = DEFAULT_OUTPUT_BYTES, onStdout, onStderr } = start;
  if (input !== undefined && !isInput(input)) throw usage('input as a string, bytes or a Readable', input);
  if (typeof maxOutputBytes !== 'number' || !(maxOutputBytes >= 0)) throw usage('a number of bytes to keep, 0 or more', maxOutputBytes);
  const running = await startCommand(session, { ...start, stdin: input === undefined ? 'ignore' : 'pipe', stdout: 'pipe', stderr: 'pipe' }, context);
  let thrown = undefined as Error | undefined; // set in a listener
  const fail = (error: unknown): void => {
    thrown ??= error instanceof Error ? error : new Error(String(error));
    running.kill();
  };
  const told = (listener: OutputListener | undefined): OutputListener => (chunk) => {
    try {
      if (!thrown) listener?.(chunk);
    } catch (error) {
      fail(error);
    }
  };
  const full = (): void => {
    if (start.endsWhenTruncated === true) running.kill();
  };
  const [stdout, stderr] = [collect(running.stdout, maxOutputBytes, { listener: told(onStdout), full }), collect(running.stderr, maxOutputBytes, { listener: told(onStderr), full })];
  if (running.stdin && input !== undefined) void feed(running.stdin, input, fail);
  const result = await running.result;
  await Promise.all([stdout.closed, stderr.closed]);
  if (thrown) throw thrown;
  return { ...result, stdout: stdout.bytes(), stderr: stderr.bytes(), truncated: stdout.isTruncated() || stderr.isTruncated() };
}

interface Collected {
  bytes(): Buffer;
  isTruncated(): boolean;
  readonly closed: Promise<void>;
}

interface Collecting {
  readonly listener: OutputListener;
  /** More was printed than is kept. */
  readonly full: () => void;
}

function collect(stream: Readable | null, limit: number, { listener, full }: Collecting): Collected {
  const chunks: Buffer[] = [];
  let kept = 0;
  let seen = 0;
  stream?.on('data', (chunk: Buffer) => {
    seen += chunk.length;
    if (kept < limit) chunks.push(chunk.subarray(0, limit - kept));
    kept = Math.min(limit, seen);
    listener(chunk);
    if (seen > limit) full();
  });
  const closed = new Promise<void>((resolve) => (stream ? stream.once('close', resolve) : resolve()));
  return { bytes: () => Buffer.concat(chunks), isTruncated: () => seen > limit, closed };
}
