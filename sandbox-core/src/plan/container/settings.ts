import { toPointer, type Policy, type PolicyPointer } from '../../policy';

/** What the policy says of its container, and under which of the two names. */
export interface ContainerSettings {
  readonly key: 'container' | 'docker';
  readonly values: NonNullable<Policy['container']>;
  pointer(...path: readonly (string | number)[]): PolicyPointer;
}

export function containerSettings(policy: Policy): ContainerSettings | undefined {
  const key = policy.container ? 'container' : 'docker';
  const values = policy[key];
  return values && { key, values, pointer: (...path) => toPointer([key, ...path]) };
}
