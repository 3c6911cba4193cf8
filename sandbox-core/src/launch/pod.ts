import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket as DatagramSocket } from 'node:dgram';
import type { Server } from 'node:net';
import type { Writable } from 'node:stream';

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

interface PodMessage {
  readonly ready?: { readonly pid: number; readonly userNamespace: number; readonly networkNamespace: number; readonly ipv6: boolean; readonly makesMounts: boolean; readonly processes: ProcessesShown };
  readonly id?: number;
  readonly errno?: number;
  /** An index of `PodOptions.standing`. */
  readonly used?: number;
}

/**
 * Starts a pod. bubblewrap makes its namespaces, so that systems which allow that to bubblewrap alone (AppArmor) need no
 * other exception. `--dev-bind` because with a new /dev bubblewrap nests a second user namespace, in which the pod would
 * have no rights over its network. Detached: a signal to the caller's process group is the command's, and would end bubblewrap.
 */
export async function startPod(options: PodOptions): Promise<Pod> {
  const { helper, sessionDirectory, standing, mayShowOuterProcesses = false, starter = bubblewrapStarter(options) } = options;
  const [program, ...words] = starter.words;
  const listeners = standing.flatMap(({ kind, address, port }) => [kind, address, String(port)]);
  const child = spawn(program, [...words, helper, 'pod', sessionDirectory, mayShowOuterProcesses ? 'outer-processes' : 'own-processes', ...listeners], { stdio: ['pipe', 'ignore', 'pipe', 'ipc'], env: { ...starter.environment }, serialization: 'json', detached: true });
  const stderr = collectText(child);
  let isReady = false;
  const ended = new Promise<Error | undefined>((resolve) => {
    child.once('error', (error) => resolve(startFailed(error.message, error)));
    child.once('exit', (code, signal) => {
      const detail = stderr() || `the network pod ended (${signal ?? `status ${code}`})`;
      resolve(isReady ? podEnded(detail) : startFailed(detail));
    });
  });
  const messages = collectMessages(child);
  const ready = await firstOf(messages.ready, ended);
  isReady = true;
  const identity = { pid: ready.pid, userNamespace: ready.userNamespace, networkNamespace: ready.networkNamespace };
  const control = child.stdin as Writable; // spawned with a pipe
  control.on('error', () => undefined); // the pod is gone; `ended` says so
  const onUsed: Pod['onUsed'] = (serve) => child.on('message', ({ used = -1 }: PodMessage, handle) => {
    const listener = standing[used];
    if (listener) serve(listener, handle as PodHandle); // the pod sends one with it
  });
  return { identity, hasIpv6: ready.ipv6, makesMounts: ready.makesMounts, processes: ready.processes, ended, relay: createPodRelay(child, control), onUsed, ...podControl(child, control, messages, ended) };
}

function bubblewrapStarter({ bubblewrap }: PodOptions): PodStarter {
  const words = ['--unshare-user', '--unshare-net', '--cap-drop', 'ALL', '--cap-add', 'CAP_NET_ADMIN', '--cap-add', 'CAP_NET_BIND_SERVICE', '--cap-add', 'CAP_SYS_ADMIN', '--dev-bind', '/', '/', '--'];
  return { words: [bubblewrap, ...words], environment: {} };
}

function podControl(child: ChildProcess, control: Writable, messages: PodMessages, ended: Promise<Error | undefined>): Pick<Pod, 'hold' | 'listenTcp' | 'stop'> {
  return {
    async hold(path) {
      const { id, answer } = messages.expect();
      control.write(encodeFrame('hold', id, path));
      const { errno } = (await firstOf(answer, ended)).message;
      if (errno !== 0 && errno !== ENOENT) throw startFailed(`cannot hold ${printable(path, 200)}, which has to stay there so that it can be protected (errno ${String(errno)}); a sandbox has none of root's rights over other users' files`);
      return errno === 0;
    },
    async listenTcp(address, port) {
      const { id, answer } = messages.expect();
      control.write(encodeFrame('listen', id, 'tcp', address, port));
      const { message, handle } = await firstOf(answer, ended);
      if (!handle) throw new ListenError(message.errno ?? 0, address, port);
      return handle as Server; // the kind that was asked for
    },
    stop: () => stopPod(child, control, ended),
  };
}

async function stopPod(child: ChildProcess, control: Writable, ended: Promise<Error | undefined>): Promise<void> {
  control.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

interface PodMessages {
  readonly ready: Promise<NonNullable<PodMessage['ready']>>;
  expect(): { readonly id: number; readonly answer: Promise<PodAnswer> };
}

interface PodAnswer {
  readonly message: PodMessage;
  readonly handle: PodHandle | undefined;
}

function collectMessages(child: ChildProcess): PodMessages {
  const waiting = new Map<number, (answer: PodAnswer) => void>();
  let lastId = 0;
  const ready = new Promise<NonNullable<PodMessage['ready']>>((resolve) => {
    child.on('message', (message: PodMessage, handle) => {
      if (message.ready) resolve(message.ready);
      if (message.id === undefined) return;
      waiting.get(message.id)?.({ message, handle: handle as PodHandle | undefined }); // the pod sends nothing else
      waiting.delete(message.id);
    });
  });
  return {
    ready,
    expect() {
      const id = ++lastId;
      return { id, answer: new Promise((resolve) => void waiting.set(id, resolve)) };
    },
  };
}

function collectText(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text = (text + chunk).slice(0, MAX_STDERR_BYTES)));
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
