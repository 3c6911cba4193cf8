import { printable } from '../parse';
import { toPointer } from '../pointer';
import { protections } from '../protections';
import type { PolicyRule } from '../validate';

/** allowWrite entries for files that every policy protects: such an entry has no effect. */
export const protectedPath: PolicyRule = {
  codes: ['protected-path'],
  about: 'paths',
  check({ paths, lists, problem }) {
    return paths.allowWrite.flatMap(({ pattern, spelled, pointer }) => {
      const by = pattern.kind === 'literal' ? lists.filesystem.index.matches('denyWrite', pattern.path).find(({ rule }) => rule.rule.kind === 'built-in')?.rule.rule : undefined;
      const protection = by?.kind === 'built-in' ? protections.find(({ name }) => name === by.name) : undefined;
      if (!protection) return [];
      const fix = { title: `Lift the protection "${protection.name}"`, edit: { kind: 'append', pointer: toPointer(['filesystem', 'liftProtections']), value: protection.name }, preferred: false } as const;
      return [problem('protected-path', `has no effect: every policy protects "${printable(spelled)}", because ${protection.danger}; filesystem.liftProtections can lift that`, pointer, [fix])];
    });
  },
};
