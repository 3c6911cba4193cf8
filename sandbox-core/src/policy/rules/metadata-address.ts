import { METADATA_HOSTS } from '../metadata-hosts';
import { printable } from '../parse';
import type { PolicyRule } from '../validate';

export const metadataAddress: PolicyRule = {
  codes: ['metadata-address'],
  about: 'hosts',
  check({ problem, hosts }) {
    return hosts.allowedDomains
      .filter(({ pattern: { host } }) => host.kind === 'exact' && METADATA_HOSTS.has(host.host))
      .map(({ pointer, text }) => {
        const fixes = [{ title: `Remove "${printable(text)}"`, edit: { kind: 'remove', pointer } as const, preferred: false }];
        return problem('metadata-address', `"${printable(text)}" is a cloud metadata service: on a cloud machine it hands out that machine's credentials`, pointer, fixes);
      });
  },
};
