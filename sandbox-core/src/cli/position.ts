import type { LoadedPolicy } from '../host/policy-file';
import { placeOfRule, type PolicyTexts, type RuleReference } from '../policy';

/** The files of a policy by the names that the user gave them. */
export function textsOf({ file, sources }: LoadedPolicy): PolicyTexts {
  return { ...(file && { main: { name: file.path, syntax: file.checked.syntax } }), sources };
}

/** `file:line:column` of a rule. */
export function positionOf(rule: RuleReference, loaded: LoadedPolicy): string | undefined {
  return placeOfRule(rule, textsOf(loaded));
}
