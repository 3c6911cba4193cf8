import { textsOf, type LoadedPolicy } from '../host/policy-file';
import { placeOfRule, type RuleReference } from '../policy';

/** `file:line:column` of a rule. */
export function positionOf(rule: RuleReference, loaded: LoadedPolicy): string | undefined {
  return placeOfRule(rule, textsOf(loaded));
}
