import { printable } from '../parse';
import type { PolicyRule } from '../validate';

/** The same entry twice in one list. */
export const duplicateRule: PolicyRule = {
  codes: ['duplicate-rule'],
  check({ pathEntries, domains, problem }) {
    const seen = new Set<string>();
    const isRepeat = (key: string): boolean => seen.has(key) || !seen.add(key);
    const paths = pathEntries.filter(({ list, literal, spelled }) => isRepeat(`${list} ${literal} ${spelled}`)).map(({ pointer, spelled }) => ({ pointer, text: spelled }));
    const hosts = (['allowedDomains', 'deniedDomains'] as const).flatMap((list) => domains[list].filter(({ text }) => isRepeat(`${list} ${text}`)));
    return [...paths, ...hosts].map(({ pointer, text }) => {
      const fix = { title: 'Remove the repeated entry', edit: { kind: 'remove', pointer }, preferred: true } as const;
      return problem('duplicate-rule', `"${printable(text)}" is already in this list`, pointer, [fix]);
    });
  },
};
