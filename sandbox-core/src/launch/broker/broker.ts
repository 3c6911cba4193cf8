import { once } from 'node:events';
import { lstatSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

import { SandboxError } from '../../errors';
import type { AuditedCall } from '../../monitor/audit-record';
import { absolutePath, ancestorsAndSelf, containsPath, decide, decideBrokered, describeCommand, describeViolation, joinPath, printable, PRIVATE_DIRECTORY, type AbsolutePath, type BrokerDecision, type ResolvedPolicy } from '../../policy';
import { encodeFrame, FrameReader, type Frame } from '../frame';
import type { Session, SessionOptions } from '../session';
import { outsideEnvironment, outsidePolicy, trustedPath, trustedProgram } from './outside';
import { openDirectory, RepositoryError } from './opened-directory';
import { copyRepository, type RepositoryCopy } from './repository-copy';

/** Of the session's gateway: native/src/stand_in.c. */
export const BROKER_PORT = 3129;
const MAX_CALL_BYTES = 300 * 1024;
const MAX_OUTPUT_BYTES = 64 * 1024;
/** More at once are refused: each is a sandbox of its own. */
const MAX_CALLS = 16;
const ANSWER_TIMEOUT_MS = 60_000;
const CALLER_GONE = 'whoever called it has ended';

/** A brokered command that somebody has to agree to. Both texts are safe to show. */
export interface CommandQuestion {
  readonly command: string;
  readonly directory: string;
}

/** @param lapsed aborted when an answer no longer counts */
export type AskAboutCommand = (question: CommandQuestion, lapsed: AbortSignal) => Promise<boolean>;

/** What became of a call, for logs. */
export type BrokeredCall = AuditedCall;

export interface BrokerOptions {
  readonly session: SessionOptions;
  readonly policy: () => ResolvedPolicy;
  readonly sessionDirectory: AbsolutePath;
  readonly openSession: (options: SessionOptions) => Promise<Session>;
  readonly called: (call: BrokeredCall) => void;
}

/** Runs commands that the policy's broker key grants, outside of the session's sandbox, for stand-ins inside that ask for them. */
export interface Broker {
  serve(server: Server): void;
  close(): Promise<void>;
}

interface Call {
  readonly argv: readonly string[];
  readonly directory: AbsolutePath;
}

export function createBroker(options: BrokerOptions): Broker {
  const calls = new Set<Socket>();
  const answers = new Set<Promise<void>>();
  let lastCall = 0;

  const answer = async (connection: Socket, frame: Frame): Promise<void> => {
    const call = parseCall(frame);
    if (!call) return refuse(connection, 'expected a command in UTF-8, with the directory that it was called in');
    const decision = decideBrokered(options.policy(), call.argv);
    if (decision.outcome === 'inside') return void connection.end(encodeFrame('inside'));
    const described = { asked: decision.outcome === 'ask' && options.session.askCommand !== undefined, command: describeCommand(call.argv), directory: printable(call.directory, 300) };
    const refusal = await whyNot(decision, described, { ...options.session, connection });
    if (refusal !== undefined) {
      options.called({ ...described, outcome: 'refused', reason: refusal });
      return refuse(connection, refusal);
    }
    const directory = join(options.sessionDirectory, 'broker', String(++lastCall));
    try {
      const status = await runOutside(connection, call, decision, { directory, options });
      options.called({ ...described, outcome: 'ran', reason: decision.reason, status });
      connection.end(encodeFrame('exit', status));
    } catch (error) {
      if (!(error instanceof SandboxError || error instanceof RepositoryError)) throw error;
      options.called({ ...described, outcome: 'refused', reason: error.message });
      refuse(connection, error instanceof RepositoryError ? `this repository cannot be used outside: ${error.message}` : error.message);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  };

  return {
    serve(server) {
      server.on('connection', (connection: Socket) => {
        connection.on('error', () => connection.destroy());
        if (calls.size >= MAX_CALLS) return refuse(connection, `${MAX_CALLS} brokered commands run already`);
        calls.add(connection);
        connection.once('close', () => calls.delete(connection));
        onFirstFrame(connection, (frame) => {
          const answered: Promise<void> = answer(connection, frame).catch(() => void connection.destroy()).finally(() => answers.delete(answered));
          answers.add(answered);
        });
      });
    },
    async close() {
      for (const connection of calls) connection.destroy();
      await Promise.all(answers);
    },
  };
}

function onFirstFrame(connection: Socket, handle: (frame: Frame) => void): void {
  const reader = new FrameReader(MAX_CALL_BYTES);
  connection.on('data', function onData(chunk: Buffer) {
    try {
      const [frame] = reader.push(chunk);
      if (!frame) return;
      connection.off('data', onData).resume();
      handle(frame);
    } catch {
      connection.destroy(); // not the protocol
    }
  });
}

function parseCall(frame: Frame): Call | undefined {
  const directory = frame.text(1);
  const argv = frame.text(2).split('\0').slice(0, -1);
  const isText = Buffer.from(frame.text(1)).equals(frame.bytes(1)) && Buffer.from(frame.text(2)).equals(frame.bytes(2));
  return frame.type === 'call' && isText && directory.startsWith('/') && argv.length > 0 ? { argv, directory: absolutePath(directory) } : undefined;
}

function refuse(connection: Socket, why: string): void {
  connection.end(encodeFrame('refused', `srt: not run outside: ${printable(why, 1000)}\n`));
}

interface Asking extends Pick<SessionOptions, 'askCommand' | 'askTimeout'> {
  readonly connection: Socket;
}

/** Undefined: it may run. A question lapses with whoever called. */
async function whyNot({ outcome, reason, guidance }: BrokerDecision, question: CommandQuestion, { connection, askCommand, askTimeout = ANSWER_TIMEOUT_MS }: Asking): Promise<string | undefined> {
  if (outcome === 'deny') return guidance === undefined ? reason : `${reason}: ${guidance}`;
  if (outcome === 'allow') return undefined;
  if (!askCommand) return `${reason}, and nobody can be asked here`;
  const lapsed = new AbortController();
  const lapse = (): void => lapsed.abort();
  const timer = setTimeout(lapse, askTimeout);
  connection.once('close', lapse);
  const nobody = once(lapsed.signal, 'abort').then(() => undefined);
  const agreed = await Promise.race([askCommand(question, lapsed.signal).catch(() => undefined), nobody]);
  clearTimeout(timer);
  connection.off('close', lapse);
  if (agreed === true) return undefined;
  if (connection.destroyed) return CALLER_GONE;
  return `${reason}, and ${agreed === undefined ? 'nobody answered' : 'it was denied when asked'}`;
}

interface Surroundings {
  readonly directory: string;
  readonly options: BrokerOptions;
}

/** Resolves with the exit status. */
async function runOutside(connection: Socket, { argv, directory }: Call, decision: BrokerDecision, { directory: own, options }: Surroundings): Promise<number> {
  const { environment } = options.session.host;
  const policy = options.policy();
  const path = await trustedPath(policy, environment);
  const program = await trustedProgram(argv[0] ?? '', path, policy);
  const work = join(own, 'directory');
  mkdirSync(work, { recursive: true, mode: 0o700 });
  const caller = await visibleDirectory(directory, policy);
  const repository = decision.directory === 'empty' && caller !== undefined ? await repositoryFor(caller, { own, policy, git: await trustedProgram('git', path, policy).catch(() => undefined) }) : undefined;
  if (repository && repository.leftBehind.length > 0) connection.write(encodeFrame('output', 2, `srt: outside, git does without this repository's own ${repository.leftBehind.join(', ')}\n`));
  if (decision.directory === 'caller' && caller === undefined) throw new SandboxError('usage', `${printable(directory, 300)} is not a directory outside that commands may read`);
  const session = await openOutside(options, decision.directory, absolutePath(own));
  try {
    const running = await session.run({
      argv: [program, ...argv.slice(1)],
      directory: absolutePath(decision.directory === 'caller' && caller !== undefined ? caller : work),
      environment: { ...outsideEnvironment(policy, environment, path), ...(repository && { GIT_DIR: repository.directory }) },
      streams: ['ignore', 'pipe', 'pipe'],
      terminal: 'none',
      prepared: () => requireCaller(connection),
    });
    if (connection.destroyed) running.kill();
    connection.once('close', running.kill);
    await Promise.all([forward(running.stdout, 1, connection), forward(running.stderr, 2, connection)]);
    return (await running.exited).code;
  } finally {
    await session.stop();
  }
}

/** What nobody waits for any more is not begun: it would have begun to do what it does before it is ended. */
function requireCaller({ destroyed }: Socket): Promise<void> {
  return destroyed ? Promise.reject(new SandboxError('aborted', CALLER_GONE)) : Promise.resolve();
}

/** A sandbox for each call: none sees or changes what another one was given. */
async function openOutside({ session, policy, openSession }: BrokerOptions, kind: 'empty' | 'caller', own: AbsolutePath): Promise<Session> {
  const { host, directory, lookup, policyFiles, notice } = session;
  const outside = await openSession({ policy: outsidePolicy(policy(), kind, own, host.environment), host, directory, ...(lookup && { lookup }), ...(policyFiles && { policyFiles }), ...(notice && { notice }) });
  outside.violations.onViolation((violation) => notice?.(`a brokered command was refused something: ${describeViolation(violation)}`));
  return outside;
}

async function forward(stream: Readable | null, number: 1 | 2, connection: Socket): Promise<void> {
  for await (const chunk of stream ?? []) {
    const bytes = chunk as Buffer; // no encoding was set
    for (let at = 0; at < bytes.length; at += MAX_OUTPUT_BYTES) {
      if (connection.destroyed) return;
      const isTaken = connection.write(encodeFrame('output', number, bytes.subarray(at, at + MAX_OUTPUT_BYTES)));
      if (!isTaken) await Promise.race([once(connection, 'drain'), once(connection, 'close')]).catch(() => undefined);
    }
  }
}

/** Where a directory of the sandbox is outside: nowhere, if it is hidden inside, or in the sandbox's own /tmp. */
async function visibleDirectory(directory: AbsolutePath, policy: ResolvedPolicy): Promise<AbsolutePath | undefined> {
  const canonical = await realpath(directory).then(absolutePath, () => undefined);
  if (canonical === undefined || !statSync(canonical).isDirectory()) return undefined;
  if (containsPath(PRIVATE_DIRECTORY, directory) && !containsPath(policy.context.base, canonical)) return undefined;
  return decide(policy, { kind: 'read', path: canonical }).outcome === 'allow' ? canonical : undefined;
}

interface RepositoryUse {
  readonly own: string;
  readonly policy: ResolvedPolicy;
  readonly git: string | undefined;
}

/** A copy of the repository that the caller is in, as far as commands inside may read it. */
async function repositoryFor(directory: AbsolutePath, { own, policy, git }: RepositoryUse): Promise<RepositoryCopy | undefined> {
  const mayRead = (path: AbsolutePath): boolean => decide(policy, { kind: 'read', path }).outcome === 'allow';
  const found = ancestorsAndSelf(directory).reverse().map((at) => joinPath(at, '.git')).find((path) => mayRead(path) && lstatSync(path, { throwIfNoEntry: false }) !== undefined);
  if (found === undefined || git === undefined) return undefined;
  if (lstatSync(found, { throwIfNoEntry: false })?.isFile() === true) throw new RepositoryError('it has no objects of its own (a linked worktree or a submodule cannot be used outside; call git in the main one)');
  const repository = await openDirectory(found, mayRead);
  return copyRepository(repository, join(own, 'repository'), git).finally(repository.close);
}
