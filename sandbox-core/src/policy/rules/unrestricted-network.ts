import { toPointer } from '../pointer';
import type { PolicyRule } from '../validate';

/** A choice that a reader of the policy must not overlook. */
export const unrestrictedNetwork: PolicyRule = {
  codes: ['network-unrestricted'],
  about: 'hosts',
  check({ policy, problem }) {
    if (policy.network?.unrestricted !== true) return [];
    const pointer = toPointer(['network', 'unrestricted']);
    const fix = { title: 'Remove network.unrestricted', edit: { kind: 'remove', pointer }, preferred: true } as const;
    return [problem('network-unrestricted', 'the command can reach every host but those in deniedDomains, and send them whatever it can read; allowedDomains changes nothing', pointer, [fix])];
  },
};
