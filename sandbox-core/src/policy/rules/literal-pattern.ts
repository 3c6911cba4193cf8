import { printable } from '../parse';
import { withoutSubtreeSuffix } from '../path-pattern';
import { childPointer } from '../pointer';
import type { PolicyRule } from '../validate';

/** `{ "path": "dir/**", "literal": true }` names a file called `**`: nothing in a literal path is special. */
export const literalPattern: PolicyRule = {
  codes: ['literal-pattern'],
  about: 'paths',
  check({ pathEntries, problem }) {
    return pathEntries
      .filter(({ spelled, literal }) => literal && spelled.endsWith('/**'))
      .map(({ spelled, pointer, list }) => {
        const path = withoutSubtreeSuffix(spelled);
        const fix = { title: `Change to "${printable(path)}"`, edit: { kind: 'set', pointer: childPointer(pointer, 'path'), value: path }, preferred: list.startsWith('deny') } as const;
        return problem('literal-pattern', `with "literal" the "**" is a file name and not a pattern; a directory covers what is below it anyway`, pointer, [fix]);
      });
  },
};
