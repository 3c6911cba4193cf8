import type { Socket } from 'node:net';
import { finished, type Duplex } from 'node:stream';

import type { NetworkRecorder } from './activity';
import type { Caller, Destination, NetworkJudge } from './destination';
import { judgeFirstBytes, type HelloVerdict } from './tls-hello';
import { relay } from './relay';

/** Bytes carried, from the sandbox's side; `error` if the connection did not end in order. */
export interface Carried {
  readonly sent: number;
  readonly received: number;
  readonly error?: string;
}

/**
 * Carries bytes between two sockets outside of this process.
 *
 * @property judgeHello asked with a client's first bytes if they are a TLS handshake, before any of them leaves
 */
export interface SplicedPair {
  readonly inside: Socket;
  readonly outside: Socket;
  judgeHello(bytes: Buffer): Promise<HelloVerdict>;
}

/** Undefined: these sockets cannot be handed over, and nothing was done to them. */
export type Splice = (pair: SplicedPair) => SplicedConnection | undefined;

export interface SplicedConnection {
  readonly ended: Promise<Carried>;
  cut(): void;
}

/**
 * An allowed connection and the one it was dialled to.
 *
 * @property early what the client sent before it was let through
 */
export interface JoinedConnection {
  readonly client: Duplex;
  readonly upstream: Socket;
  readonly destination: Destination;
  readonly source: 'network' | 'proxy';
  readonly early?: Buffer;
  readonly caller?: Caller;
}

export type Join = (connection: JoinedConnection) => Promise<Carried>;

export interface JoinOptions {
  readonly judge: NetworkJudge;
  /** Absent where there is no pod: everything is then carried here. */
  readonly splice?: Splice;
  readonly recorder: NetworkRecorder;
}

interface LiveConnection {
  readonly destination: Destination;
  cut(): void;
}

/** Joins connections, and cuts them when the policy no longer allows them. */
export interface Joiner {
  readonly join: Join;
  cutDenied(): void;
}

export function createJoiner({ judge, splice, recorder }: JoinOptions): Joiner {
  const live = new Set<LiveConnection>();
  return {
    async join(connection) {
      const { destination, source, client, upstream, early, caller } = connection;
      const startedAt = performance.now();
      const judgeHello = async (bytes: Buffer): Promise<HelloVerdict> => {
        const { verdict, denial } = await judgeFirstBytes(bytes, destination, judge);
        if (denial) judge.report({ operation: 'connect', source, ...denial, ...(caller && { caller }) });
        return verdict;
      };
      // A connection to a parent proxy may be encrypted: only this process has its keys.
      const canSplice = isSocket(client) && !('encrypted' in upstream) && (early === undefined || early.length === 0);
      const spliced = canSplice ? splice?.({ inside: client, outside: upstream, judgeHello }) : undefined;
      const carried = spliced ?? carryHere(client, upstream, early, judgeHello);
      const entry = { destination, cut: carried.cut };
      live.add(entry);
      const result = await carried.ended;
      live.delete(entry);
      recorder.add({ event: 'connection', destination, source, ...result, milliseconds: Math.round(performance.now() - startedAt), reason: result.error, caller });
      return result;
    },
    cutDenied() {
      for (const { destination, cut } of live) if (judge.connect(destination).outcome === 'deny') cut();
    },
  };
}

function isSocket(client: Duplex): client is Socket {
  return 'remoteAddress' in client;
}

/** Through this process: slower, and the same in every other respect. */
function carryHere(client: Duplex, upstream: Socket, early: Buffer | undefined, judgeHello: (bytes: Buffer) => Promise<HelloVerdict>): SplicedConnection {
  const abort = (): void => {
    client.destroy();
    upstream.resetAndDestroy();
  };
  const ended = new Promise<Carried>((resolve) => {
    let sent = 0;
    const startBytes = upstream.bytesWritten;
    upstream.once('close', (hadError) => {
      sent = upstream.bytesWritten - startBytes;
      resolve({ sent, received: upstream.bytesRead, ...(hadError && { error: 'reset' }) });
    });
  });
  if (early && early.length > 0) client.unshift(early);
  void relay(client, upstream, judgeHello);
  finished(client, () => undefined);
  return { ended, cut: abort };
}
