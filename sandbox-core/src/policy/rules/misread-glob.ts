import { printable } from '../parse';
import type { PolicyRule } from '../validate';

/** Pattern syntax of other tools that means something else here. */
const MISREADINGS: readonly (readonly [construct: RegExp, meaning: string])[] = [
  [/\{[^/{}]*,[^/{}]*\}/, 'braces are not expanded: this is a name with braces and a comma in it; write one entry for each'],
  [/\[[!^]/, '"!" and "^" do not negate a set: they are members of it'],
  [/\[\]/, 'empty brackets are plain text'],
  [/^!/, '"!" does not make an exception: this is a name that starts with it; use the opposite list'],
];

/** Entries that read like patterns of a shell or of .gitignore, and are not taken that way. */
export const misreadGlob: PolicyRule = {
  codes: ['misread-glob'],
  about: 'paths',
  check({ pathEntries, problem }) {
    return pathEntries.flatMap(({ spelled, literal, pointer }) => {
      if (literal) return [];
      const meaning = MISREADINGS.find(([construct]) => construct.test(spelled))?.[1] ?? (hasBackwardRange(spelled) ? 'the range runs backwards, so the brackets are plain text' : undefined);
      return meaning === undefined ? [] : [problem('misread-glob', `"${printable(spelled)}": ${meaning}`, pointer)];
    });
  },
};

function hasBackwardRange(spelled: string): boolean {
  return [...spelled.matchAll(/\[([^\]]*)\]/gu)].some(([, members = '']) => [...members.matchAll(/(.)-(.)/gsu)].some(([, low = '', high = '']) => low > high));
}
