import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import type { Decision } from '../policy';
import { AddressRefusedError, type Dial } from './dial';
import { describeDestination, type Caller, type Destination, type NetworkJudge } from './destination';
import type { Inspector } from './inspector';
import type { Join } from './join';

/** Why a tunnel was not opened. `errno` as in errno(3), by name, where a connection was tried. */
export type TunnelRefusal =
  | { readonly kind: 'policy' | 'address'; readonly decision: Decision }
  /** As many connections are open as the policy lets be looked into at a time. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'unreachable'; readonly errno: string };

/**
 * A client that wants its bytes carried to a destination, however it asked.
 *
 * @property opened tells the client so; nothing is carried before it resolves
 */
export interface TunnelRequest {
  readonly client: Duplex;
  readonly destination: Destination;
  readonly source: 'network' | 'proxy';
  readonly early?: Buffer;
  readonly caller?: Caller;
  opened(): Promise<void>;
  refused(refusal: TunnelRefusal): void;
}

export type OpenTunnel = (request: TunnelRequest) => Promise<void>;

export interface TunnelOptions {
  readonly judge: NetworkJudge;
  readonly dial: Dial;
  readonly join: Join;
  /** Looks into connections where the policy asks for it. */
  readonly inspector?: Inspector;
}

/** The way of every connection that is not an HTTP request: judged, looked into or dialled and joined. */
export function createTunnelOpener({ judge, dial, join, inspector }: TunnelOptions): OpenTunnel {
  return async ({ client, destination, source, early, caller, opened, refused }) => {
    const decision = await judge.admit(destination, caller);
    const deny = (kind: 'policy' | 'address', refusal: Decision): void => {
      judge.report({ operation: 'connect', source, target: describeDestination(destination), decision: refusal, ...(caller && { caller }) });
      refused({ kind, decision: refusal });
    };
    if (decision.outcome === 'deny') return deny('policy', decision);
    const inspection = inspector?.inspectionOf(destination);
    if (inspector && inspection && client instanceof Socket) {
      if (inspection.isFull()) return refused({ kind: 'busy' });
      await opened();
      if (early && early.length > 0) client.unshift(early);
      return inspector.inspect({ client, destination, source, ...(caller && { caller }) }, inspection);
    }
    try {
      const upstream = await dial(destination, { paused: true });
      upstream.on('error', () => upstream.destroy());
      if (client.destroyed) return void upstream.destroy();
      await opened();
      await join({ client, upstream, destination, source, ...(early && { early }), ...(caller && { caller }) });
    } catch (error) {
      if (error instanceof AddressRefusedError) deny('address', { ...decision, outcome: 'deny', reason: error.message });
      else refused({ kind: 'unreachable', errno: (error as NodeJS.ErrnoException).code ?? 'EIO' });
    }
  };
}
