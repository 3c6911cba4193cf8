import { toPointer } from '../pointer';
import type { PolicyRule } from '../validate';

/** refuseOpaqueTunnels lets only decrypted connections through; with nothing to decrypt them, HTTPS and SSH are gone. */
export const opaqueTunnelsRefused: PolicyRule = {
  codes: ['opaque-tunnels-refused'],
  about: 'settings',
  check({ policy, problem }) {
    const { refuseOpaqueTunnels, tlsTerminate } = policy.network ?? {};
    if (refuseOpaqueTunnels !== true || tlsTerminate !== undefined) return [];
    const fixes = [{ title: 'Add "network.tlsTerminate"', edit: { kind: 'set', pointer: toPointer(['network', 'tlsTerminate']), value: {} } as const, preferred: false }];
    return [problem('opaque-tunnels-refused', 'closes every HTTPS and SSH connection: without network.tlsTerminate there is no tunnel that can be looked into', toPointer(['network', 'refuseOpaqueTunnels']), fixes)];
  },
};
