import { printable } from '../parse';
import type { PolicyRule } from '../validate';

/** Where cloud machines ask for their own credentials; names of it are refused by address, but an entry lets it through. */
const METADATA_HOSTS: ReadonlySet<string> = new Set(['169.254.169.254', '169.254.170.2', '100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:ec2::254', 'fd20:ce::254', 'metadata.google.internal', 'metadata.goog']);

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
