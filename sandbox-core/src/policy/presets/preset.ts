import type { Policy } from '../policy.generated';

/** A policy to build on. Data only: what it says is what a file with the same text would say. */
export interface Preset {
  /** One line for people. */
  readonly description: string;
  readonly policy: Policy;
}

type Parts = { readonly [Block in 'network' | 'filesystem']?: Partial<Policy[Block]> } & Omit<Partial<Policy>, 'network' | 'filesystem'>;

/** A preset with empty lists where it has nothing to say. */
export function preset(description: string, { network, filesystem, ...rest }: Parts): Preset {
  return {
    description,
    policy: {
      ...rest,
      network: { allowedDomains: [], deniedDomains: [], ...network },
      filesystem: { denyRead: [], allowWrite: [], denyWrite: [], ...filesystem },
    },
  };
}
