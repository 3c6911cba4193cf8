import { expandPath } from '../absolute-path';
import { printable } from '../parse';
import { isGlob } from '../path-pattern';
import { placesOf } from '../policy-facts';
import type { PolicyRule } from '../validate';

/** A path that looks like a pattern and exists by that very name, such as `src/[id]`: it is taken both ways. */
export const literalName: PolicyRule = {
  codes: ['literal-name'],
  about: 'paths',
  check({ pathEntries, facts, problem }) {
    if (!facts) return [];
    return pathEntries.flatMap(({ spelled, literal, pointer }) => {
      if (literal || !isGlob(spelled)) return [];
      const kind = facts.kindOf(expandPath(spelled, placesOf(facts)));
      if (kind !== 'directory' && kind !== 'file') return [];
      const fix = { title: 'Take the name literally', edit: { kind: 'set', pointer, value: { path: spelled, literal: true } }, preferred: false } as const;
      return [problem('literal-name', `"${printable(spelled)}" is a ${kind} here, and a pattern as well; say { "path": …, "literal": true } if the ${kind} is meant`, pointer, [fix])];
    });
  },
};
