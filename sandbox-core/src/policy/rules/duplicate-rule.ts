import { printable } from '../parse';
import type { PolicyRule } from '../validate';
import { domainEntries, PATH_LISTS, pathEntries, type TextEntry } from './entries';

/** The same entry twice in one list. */
export const duplicateRule: PolicyRule = {
  codes: ['duplicate-rule'],
  check({ policy, problem }) {
    const lists: TextEntry[][] = [
      ...PATH_LISTS.map((list) => pathEntries(policy, list).map(({ pointer, spelled, literal }) => ({ pointer, text: literal ? `literal ${spelled}` : spelled }))),
      domainEntries(policy, 'allowedDomains'),
      domainEntries(policy, 'deniedDomains'),
    ];
    return lists.flatMap(repeated).map(({ pointer, text }) => {
      const fix = { title: 'Remove the repeated entry', edit: { kind: 'remove', pointer }, preferred: true } as const;
      return problem('duplicate-rule', `"${printable(text)}" is already in this list`, pointer, [fix]);
    });
  },
};

function repeated(entries: readonly TextEntry[]): TextEntry[] {
  const seen = new Set<string>();
  return entries.filter(({ text }) => seen.has(text) || !seen.add(text));
}
