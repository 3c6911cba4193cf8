import type { PolicySource } from './layers';
import { printable, type PolicySyntax } from './parse';
import { describePointer, type PolicyPointer } from './pointer';
import type { RuleReference } from './resolve';
import { rangeAt } from './validate';

const MAX_NAME = 400;

/**
 * The texts that rules were written in.
 *
 * @property main the policy that was named, by the name that people know it by
 */
export interface PolicyTexts {
  readonly main?: { readonly name: string; readonly syntax: PolicySyntax };
  readonly sources: readonly PolicySource[];
}

/** `file:line:column` of the rule, or of the list that has no rule for the target; a preset has no lines to point at. */
export function placeOfRule(rule: RuleReference, { main, sources }: PolicyTexts): string | undefined {
  if (rule.kind === 'built-in' || !main) return undefined;
  const file = rule.kind === 'policy' ? rule.file : undefined;
  if (file?.startsWith('preset:')) return `${printable(file.replace(':', ' '), MAX_NAME)}: ${describePointer(rule.pointer)}`;
  const syntax = file === undefined ? main.syntax : sources.find(({ id }) => id === file)?.checked.syntax;
  if (!syntax?.root) return undefined;
  return `${printable(file ?? main.name, MAX_NAME)}:${describePosition(syntax.text, rangeAt(syntax.root, rule.pointer as PolicyPointer).offset)}`; // set at parse
}

/** The same, for a rule that may have no place. */
export function describeRule(rule: RuleReference, texts: PolicyTexts): string {
  return placeOfRule(rule, texts) ?? (rule.kind === 'built-in' ? `built-in rule ${rule.name}` : describePointer(rule.pointer));
}

/** `line:column`, both counted from 1, the column in characters. */
export function describePosition(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return `${line}:${[...before.slice(before.lastIndexOf('\n') + 1)].length + 1}`;
}
