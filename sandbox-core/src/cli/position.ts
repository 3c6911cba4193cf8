import { describePosition, type LoadedPolicy } from '../host/policy-file';
import { describePointer, printable, rangeAt, type PolicyPointer, type RuleReference } from '../policy';

/** `file:line:column` of the rule, or of the list that has no rule for the target; a preset has no lines to point at. */
export function positionOf(rule: RuleReference, { file, sources }: LoadedPolicy): string | undefined {
  if (rule.kind === 'built-in' || !file) return undefined;
  const named = rule.kind === 'policy' ? rule.file : undefined;
  if (named?.startsWith('preset:')) return `${named.replace(':', ' ')}: ${describePointer(rule.pointer)}`;
  const { syntax } = sources.find(({ id }) => id === named)?.checked ?? file.checked;
  if (!syntax.root) return undefined;
  return `${printable(named ?? file.path, 400)}:${describePosition(syntax.text, rangeAt(syntax.root, rule.pointer as PolicyPointer).offset)}`; // set at parse
}

/** The same, for a rule that may have no place. */
export function describeRule(rule: RuleReference, loaded: LoadedPolicy): string {
  return positionOf(rule, loaded) ?? (rule.kind === 'built-in' ? `built-in rule ${rule.name}` : rule.pointer);
}
