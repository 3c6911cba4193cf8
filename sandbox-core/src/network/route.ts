import { connect, type Socket } from 'node:net';

import { expandPath, hostMatcher, type ResolvedPolicy } from '../policy';
import type { Dial } from './dial';
import type { Destination } from './destination';
import { openParent, openTunnel, type ParentProxies, type ParentProxy } from './parent-proxy';
import { openThroughSocks } from './socks-parent';

export interface RouteOptions {
  readonly policy: () => ResolvedPolicy;
  readonly parents: ParentProxies;
  /** Resolves, vets and connects. */
  readonly dialDirectly: Dial;
  /** CA certificates that a parent proxy's own certificate may rest on; Node's unless given. */
  readonly trusted?: readonly string[];
}

/** The way to an allowed destination: directly, or through a proxy that the policy or the host's environment names. */
export interface Routes {
  readonly dial: Dial;
  /** The parent for plain HTTP requests to a host, which get their own request line there instead of a tunnel. */
  httpParent(host: string): ParentProxy | undefined;
  /** A connection to that parent. */
  openHttpParent(parent: ParentProxy): Promise<Socket>;
}

/** srt: network.mitmProxy first, then network.parentProxy; what is judged has been judged before. */
export function createRoutes({ policy, parents, dialDirectly, trusted }: RouteOptions): Routes {
  const isIntercepted = (host: string): boolean => hostMatcher(policy().source.network.mitmProxy?.domains ?? [])(host);
  const viaParent = async (parent: ParentProxy, destination: Destination): Promise<Socket> => openTunnel(await openParent(parent, trusted), destination, parent.authorization);
  return {
    dial: async (destination, options) => {
      const { mitmProxy } = policy().source.network;
      if (mitmProxy && isIntercepted(destination.host)) return openTunnel(await connectUnix(expandPath(mitmProxy.socketPath, policy().context)), destination, undefined);
      const proxy = parents.tunnels(destination);
      if (!proxy) return dialDirectly(destination, options);
      return proxy.scheme === 'socks' ? openThroughSocks(proxy.port, destination) : viaParent(proxy, destination);
    },
    httpParent: (host) => (isIntercepted(host) ? undefined : parents.requests(host)),
    openHttpParent: (parent) => openParent(parent, trusted),
  };
}

function connectUnix(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path, allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('connect', () => (socket.off('error', reject), resolve(socket)));
  });
}
