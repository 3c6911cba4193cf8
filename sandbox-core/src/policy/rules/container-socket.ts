import { printable } from '../parse';
import type { PolicyRule } from '../validate';
import { domainEntries, pathEntries, textEntries } from './entries';

const ENGINE_SOCKET = /(?:^|\/)(?:docker|dockerd|containerd|podman|crio|cri-dockerd)\.sock$/;

/** The socket of a container engine: who may talk to it can start a container with the whole disk in it. */
export const containerSocket: PolicyRule = {
  codes: ['container-socket'],
  check({ policy, problem }) {
    const sockets = textEntries(policy.network?.allowUnixSockets, ['network', 'allowUnixSockets']);
    const written = pathEntries(policy, 'allowWrite').map(({ pointer, spelled }) => ({ pointer, text: spelled }));
    const found = [...sockets, ...written].filter(({ text }) => ENGINE_SOCKET.test(text));
    // The engine's TCP port needs no login either.
    const ports = domainEntries(policy, 'allowedDomains').filter(({ text }) => /^(?:localhost|127\.0\.0\.1|\[::1\]):2375$/.test(text));
    return [...found, ...ports].map(({ pointer, text }) => {
      const fixes = [{ title: `Remove "${printable(text)}"`, edit: { kind: 'remove', pointer } as const, preferred: false }];
      return problem('container-socket', `"${printable(text)}" leads to a container engine, which can start a container that sees the whole disk: the sandbox no longer confines anything`, pointer, fixes);
    });
  },
};
