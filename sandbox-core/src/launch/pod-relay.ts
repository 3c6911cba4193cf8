import type { SendHandle } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { getSystemErrorName } from 'node:util';

import type { Carried, Splice, SplicedConnection, SplicedPair } from '../network/join';
import { encodeFrame } from './frame';
import type { PodChannel } from './pod';

/** native/src/relay.h */
const REFUSE = 0;
const PASS = 1;

/** The pod's data plane: connections that were judged here are carried there. */
export interface PodRelay {
  readonly splice: Splice;
  /** Connects a client of the host to a port of the sandbox's loopback. Undefined: the client cannot be handed over. */
  publish(client: Socket, port: number): SplicedConnection | undefined;
}

type StoppableHandle = SendHandle & { readStop(): number };

interface RelayMessage {
  readonly relayed?: number;
  readonly sent?: number;
  readonly received?: number;
  readonly errno?: number;
  readonly hello?: number;
  readonly bytes?: string;
}

interface Waiting {
  readonly judgeHello?: SplicedPair['judgeHello'];
  settle(carried: Carried): void;
}

export function createPodRelay(pod: PodChannel, control: Writable, ended: Promise<unknown>): PodRelay {
  const waiting = new Map<number, Waiting>();
  const leaving = new Set<Socket>();
  let lastId = 0;
  pod.on('message', (message: RelayMessage) => {
    if (message.relayed !== undefined) settle(waiting, message.relayed, carriedBy(message));
    if (message.hello !== undefined) void judgeHello(message.hello, message.bytes ?? '', waiting, control);
  });
  void ended.then(() => {
    for (const socket of leaving) socket.destroy();
    for (const id of waiting.keys()) settle(waiting, id, { sent: 0, received: 0, error: 'the network pod ended' });
  });

  /** The pod has a descriptor of its own when it has been sent; ours is then closed, which ends nothing. */
  const hand = (message: object, handle: StoppableHandle, socket: Socket): void => {
    handle.readStop();
    leaving.add(socket);
    pod.send(message, handle, {}, () => {
      leaving.delete(socket);
      socket.destroy();
    });
  };
  const follow = (id: number, hello?: SplicedPair['judgeHello']): SplicedConnection => ({
    ended: new Promise((resolve) => waiting.set(id, { settle: resolve, ...(hello && { judgeHello: hello }) })),
    cut: () => void control.write(encodeFrame('cut', id)),
  });
  return {
    splice({ inside, outside, judgeHello: hello }) {
      if (!pod.connected) return endedWithPod(inside, outside);
      const [client, server] = [untouchedHandle(inside), untouchedHandle(outside)];
      if (!client || !server) return undefined;
      const id = ++lastId;
      const connection = follow(id, hello);
      hand({ relay: id, side: 0, hello: 1 }, client, inside);
      hand({ relay: id, side: 1 }, server, outside);
      return connection;
    },
    publish(client, port) {
      const handle = untouchedHandle(client);
      if (!handle || !pod.connected) return undefined;
      const id = ++lastId;
      const connection = follow(id);
      hand({ publish: id, port }, handle, client);
      return connection;
    },
  };
}

/** Nothing passes once the pod is gone, not even until the session has ended. */
function endedWithPod(inside: Socket, outside: Socket): SplicedConnection {
  inside.destroy();
  outside.resetAndDestroy();
  return { ended: Promise.resolve({ sent: 0, received: 0, error: 'the network pod ended' }), cut: () => undefined };
}

/**
 * What libuv knows the socket by, if neither direction holds bytes that would be left behind. Sending the socket itself is
 * no way: Node would go on reading it until the other side has answered, and throw away what it reads.
 */
function untouchedHandle(socket: Socket): StoppableHandle | undefined {
  const { _handle: handle } = socket as unknown as { readonly _handle?: Partial<StoppableHandle> | null };
  return handle?.readStop && !socket.destroyed && socket.writableLength === 0 && socket.readableLength === 0 && !socket.readableEnded ? (handle as StoppableHandle) : undefined;
}

function settle(waiting: Map<number, Waiting>, id: number, carried: Carried): void {
  waiting.get(id)?.settle(carried);
  waiting.delete(id);
}

function carriedBy({ sent = 0, received = 0, errno = 0 }: RelayMessage): Carried {
  return { sent, received, ...(errno !== 0 && { error: getSystemErrorName(-errno) }) };
}

async function judgeHello(id: number, hex: string, waiting: ReadonlyMap<number, Waiting>, control: Writable): Promise<void> {
  const verdict = (await waiting.get(id)?.judgeHello?.(Buffer.from(hex, 'hex'))) ?? 'refuse';
  control.write(encodeFrame('hello-judged', id, verdict === 'pass' ? PASS : verdict === 'refuse' ? REFUSE : verdict));
}
