import { spawn, type SendHandle } from 'node:child_process';
import type { Socket as DatagramSocket } from 'node:dgram';
import type { Server } from 'node:net';
import type { Readable, Writable } from 'node:stream';

import { podEnded, startFailed } from '../errors';
import type { ProcessesShown } from '../host/facts';
import { printable, type AbsolutePath } from '../policy';
import { encodeFrame } from './frame';
import { createPodRelay, type PodRelay } from './pod-relay';

/** Between asking bubblewrap for a namespace and the helper's first word; a loaded machine takes a second. */
const START_TIMEOUT_MS = 20_000;
/** After its control pipe closed, the pod only has files to remove. */
const STOP_TIMEOUT_MS = 10_000;
/** Of what bubblewrap and the helper say when they fail. */
const MAX_STDERR_BYTES = 4096;
/** errno(3) */
const ENOENT = 2;

export interface PodOptions {
  readonly bubblewrap: AbsolutePath;
  readonly helper: AbsolutePath;
  readonly sessionDirectory: AbsolutePath;
  /** Open before any command runs, and handed over when something arrives: `Pod.onUsed`. At most 8; those of IPv6 are left out where there is none. */
  readonly standing: readonly StandingListener[];
  /** In place of bubblewrap: a program, its arguments and its environment, which becomes the helper in a network namespace. */
  readonly starter?: PodStarter;
  /** srt: enableWeakerNestedSandbox. The pod finds out whether that is needed here. */
  readonly mayShowOuterProcesses?: boolean;
}

export interface StandingListener {
  readonly kind: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
}

export interface PodStarter {
  readonly words: readonly [program: string, ...args: string[]];
  readonly environment: Readonly<Record<string, string>>;
}

/** What a launch needs in order to join the pod's namespaces; inode numbers guard against a reused pid. */
export interface PodIdentity {
  readonly pid: number;
  readonly userNamespace: number;
  readonly networkNamespace: number;
}

/** The process that holds a session's network; native/src/pod.h says how it lives and ends. */
export interface Pod {
  readonly identity: PodIdentity;
  readonly hasIpv6: boolean;
  /** Whether pid 1 of a sandbox can make its mounts here: native/src/mounts.h. */
  readonly makesMounts: boolean;
  /** `own` unless it was asked whether they have to be shown: PodOptions. */
  readonly processes: ProcessesShown;
  /** Resolves when the pod has ended, with the reason if it was not asked to. */
  readonly ended: Promise<Error | undefined>;
  readonly relay: PodRelay;
  /** Locks a placeholder until the session ends: native/src/placeholders.h. False: it is not there, or is being removed. Throws if it may not be opened. */
  hold(path: AbsolutePath): Promise<boolean>;
  listenTcp(address: string, port: number): Promise<Server>;
  /** Given each standing listener when it is used first. To be set before the first command runs. */
  onUsed(serve: (listener: StandingListener, handle: PodHandle) => void): void;
  stop(): Promise<void>;
}

/** A listener that could not be opened; `errno` as in errno(3). */
export class ListenError extends Error {
  override readonly name = 'ListenError';

  constructor(
    readonly errno: number,
    address: string,
    port: number,
  ) {
    super(`cannot listen on ${address} port ${port} in the sandbox (errno ${errno})`);
  }
}

export type PodHandle = Server | DatagramSocket;

/** The pod's first word: native/src/pod.c. */
export interface PodReady {
  readonly pid: number;
  readonly userNamespace: number;
  readonly networkNamespace: number;
  readonly ipv6: boolean;
  readonly makesMounts: boolean;
  readonly processes: ProcessesShown;
}

export interface PodMessage {
  readonly ready?: PodReady;
  readonly id?: number;
  readonly errno?: number;
  /** An index of `PodOptions.standing`. */
  readonly used?: number;
}

/** Node's IPC channel with the pod, whichever end of it this process was given. */
export interface PodChannel {
  on(event: 'message', listener: (message: PodMessage, handle: unknown) => void): unknown;
  readonly connected: boolean;
  send(message: object, handle: SendHandle, options: object, sent: () => void): unknown;
}

/** What a pod is talked with. */
export interface PodConnection {
  readonly channel: PodChannel;
  readonly control: Writable;
  readonly standing: readonly StandingListener[];
  readonly ended: Promise<Error | undefined>;
  /** Should it not end by itself. */
  readonly kill: () => void;
}

/** The words that start it. */
export function podWords(options: PodOptions): readonly [program: string, ...args: string[]] {
  const { helper, sessionDirectory, standing, mayShowOuterProcesses = false, starter = bubblewrapStarter(options) } = options;
  const listeners = standing.flatMap(({ kind, address, port }) => [kind, address, String(port)]);
  return [...starter.words, helper, 'pod', sessionDirectory, mayShowOuterProcesses ? 'outer-processes' : 'own-processes', ...listeners];
}

/**
 * Starts a pod. bubblewrap makes its namespaces, so that systems which allow that to bubblewrap alone (AppArmor) need no
 * other exception. `--dev-bind` because with a new /dev bubblewrap nests a second user namespace, in which the pod would
 * have no rights over its network. Detached: a signal to the caller's process group is the command's, and would end bubblewrap.
 */
export async function startPod(options: PodOptions): Promise<Pod> {
  const { standing, starter = bubblewrapStarter(options) } = options;
  const [program, ...words] = podWords(options);
  const child = spawn(program, words, { stdio: ['pipe', 'ignore', 'pipe', 'ipc'], env: { ...starter.environment }, serialization: 'json', detached: true });
  const stderr = child.stderr ? collectText(child.stderr) : (): string => ''; // none, if it could not be started
  let isReady = false;
  const ended = new Promise<Error | undefined>((resolve) => {
    child.once('error', (error) => resolve(startFailed(error.message, error)));
    child.once('exit', (code, signal) => {
      const detail = stderr() || `the network pod ended (${signal ?? `status ${code}`})`;
      resolve(isReady ? podEnded(detail) : startFailed(detail));
    });
  });
  const channel = child as PodChannel; // messages of a pod are what its protocol says
  const first = new Promise<PodReady>((resolve) => channel.on('message', ({ ready }) => ready && resolve(ready)));
  const ready = await firstOf(first, ended);
  isReady = true;
  return podOver(ready, { channel, control: child.stdin as Writable, standing, ended, kill: () => child.kill('SIGKILL') }); // spawned with a pipe
}

/** A pod that is ready, over its connection. */
export function podOver(ready: PodReady, connection: PodConnection): Pod {
  const { channel, control, standing, ended } = connection;
  control.on('error', () => undefined); // the pod is gone; `ended` says so
  const onUsed: Pod['onUsed'] = (serve) => channel.on('message', ({ used = -1 }, handle) => {
    const listener = standing[used];
    if (listener) serve(listener, handle as PodHandle); // the pod sends one with it
  });
  const identity = { pid: ready.pid, userNamespace: ready.userNamespace, networkNamespace: ready.networkNamespace };
  return { identity, hasIpv6: ready.ipv6, makesMounts: ready.makesMounts, processes: ready.processes, ended, relay: createPodRelay(channel, control, ended), onUsed, ...podControl(connection, collectAnswers(channel)) };
}

function bubblewrapStarter({ bubblewrap }: PodOptions): PodStarter {
  const words = ['--unshare-user', '--unshare-net', '--cap-drop', 'ALL', '--cap-add', 'CAP_NET_ADMIN', '--cap-add', 'CAP_NET_BIND_SERVICE', '--cap-add', 'CAP_SYS_ADMIN', '--dev-bind', '/', '/', '--'];
  return { words: [bubblewrap, ...words], environment: {} };
}

function podControl({ control, ended, kill }: PodConnection, answers: PodAnswers): Pick<Pod, 'hold' | 'listenTcp' | 'stop'> {
  return {
    async hold(path) {
      const { id, answer } = answers.expect();
      control.write(encodeFrame('hold', id, path));
      const { errno } = (await firstOf(answer, ended)).message;
      if (errno !== 0 && errno !== ENOENT) throw startFailed(`cannot hold ${printable(path, 200)}, which has to stay there so that it can be protected (errno ${String(errno)}); a sandbox has none of root's rights over other users' files`);
      return errno === 0;
    },
    async listenTcp(address, port) {
      const { id, answer } = answers.expect();
      control.write(encodeFrame('listen', id, 'tcp', address, port));
      const { message, handle } = await firstOf(answer, ended);
      if (!handle) throw new ListenError(message.errno ?? 0, address, port);
      return handle as Server; // the kind that was asked for
    },
    stop: () => stopPod(control, ended, kill),
  };
}

async function stopPod(control: Writable, ended: Promise<Error | undefined>, kill: () => void): Promise<void> {
  control.end();
  const timer = setTimeout(kill, STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

interface PodAnswers {
  expect(): { readonly id: number; readonly answer: Promise<PodAnswer> };
}

interface PodAnswer {
  readonly message: PodMessage;
  readonly handle: PodHandle | undefined;
}

function collectAnswers(channel: PodChannel): PodAnswers {
  const waiting = new Map<number, (answer: PodAnswer) => void>();
  let lastId = 0;
  channel.on('message', (message, handle) => {
    if (message.id === undefined) return;
    waiting.get(message.id)?.({ message, handle: handle as PodHandle | undefined }); // the pod sends nothing else
    waiting.delete(message.id);
  });
  return {
    expect() {
      const id = ++lastId;
      return { id, answer: new Promise((resolve) => void waiting.set(id, resolve)) };
    },
  };
}

/** What a pod says of its failure. */
export function collectText(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (text = (text + chunk).slice(0, MAX_STDERR_BYTES)));
  return () => text.trim();
}

/** The value, unless the pod ends or the time is up first. A timer that stayed would hold everything that the session was. */
async function firstOf<Value>(value: Promise<Value>, ended: Promise<Error | undefined>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const failure = new Promise<never>((_resolve, reject) => {
    void ended.then((error) => reject(error ?? startFailed('the network pod has ended')));
    timer = setTimeout(() => reject(startFailed(`the network pod did not answer within ${START_TIMEOUT_MS / 1000} s`)), START_TIMEOUT_MS);
  });
  failure.catch(() => undefined); // when the value came first
  try {
    return await Promise.race([value, failure]);
  } finally {
    clearTimeout(timer);
  }
}
