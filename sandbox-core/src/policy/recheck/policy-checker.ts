import { createCheckMemory } from '../check-memory';
import { checkPolicy, validated, type CheckedPolicy, type ValidatedPolicy, type ValidationOptions } from '../validate';
import { recheck, recheckable, type Recheckable } from './recheck';

/** Checks a policy while it is being written, a version after the other. */
export interface PolicyChecker {
  /** What `validatePolicy` says of the text. */
  check(text: string): ValidatedPolicy;
}

/**
 * @param options of each check; they may differ in what is not known, but not in what they say. What is known of a path is
 *   believed while its entry stays as it is, so whoever learns of changes makes another checker.
 */
export function createPolicyChecker(options: () => ValidationOptions): PolicyChecker {
  const memory = createCheckMemory();
  let last: CheckedPolicy | Recheckable | undefined;
  return {
    check(text) {
      const given = { ...options(), memory };
      const known = last && ('relations' in last ? last : recheckable(last, given.facts));
      last = (known && recheck(known, text, given)) ?? checkPolicy(text, given);
      return validated(last, given);
    },
  };
}
