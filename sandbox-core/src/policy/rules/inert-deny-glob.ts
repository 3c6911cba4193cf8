import { isGlob } from '../path-pattern';
import { toPointer } from '../pointer';
import type { PolicyRule } from '../validate';
import { pathEntries, type TextEntry } from './entries';

/** srt refuses a rooted deny glob that ends in a separator: as a pattern it can match no path, so it would deny nothing. */
export const inertDenyGlob: PolicyRule = {
  codes: ['inert-deny-glob'],
  about: 'paths',
  check({ policy, problem }) {
    if (policy.filesystem?.disabled === true) return [];
    const lists = [...pathEntries(policy, 'denyRead'), ...pathEntries(policy, 'denyWrite')]
      .filter((entry) => !entry.literal)
      .map(({ pointer, spelled }): TextEntry => ({ pointer, text: spelled }));
    const credentials = (policy.credentials?.files ?? []).flatMap((file, index): TextEntry[] =>
      file?.mode === 'deny' && typeof file.path === 'string' ? [{ pointer: toPointer(['credentials', 'files', index, 'path']), text: file.path }] : [],
    );
    return [...lists, ...credentials]
      .filter(({ text }) => /^[~/]/.test(text) && text.endsWith('/') && isGlob(text))
      .map(({ pointer, text }) => {
        const without = text.replace(/\/+$/, '');
        const fix = { title: `Change to "${without}"`, edit: { kind: 'set', pointer, value: without }, preferred: true } as const;
        return problem('inert-deny-glob', `a pattern that ends in "/" matches no path, so this denies nothing; write "${without}"`, pointer, [fix]);
      });
  },
};
