import { printable } from '../parse';
import type { PolicyRule } from '../validate';

/**
 * An allow entry that a deny buries: a write deny always wins, also above a more specific allow, and a denied credential
 * has no exceptions.
 */
export const allowUnderDeny: PolicyRule = {
  codes: ['allow-under-deny'],
  about: 'paths',
  check(context) {
    const { covering } = context;
    const writes = context.paths.allowWrite.map((rule) => ({ rule, by: covering('denyWrite', rule).at(-1)?.rule, why: 'in denyWrite covers it, and a write deny always wins' }));
    const reads = [...context.paths.allowRead, ...context.paths.allowWrite].map((rule) => ({
      rule,
      by: covering('denyRead', rule).find((match) => match.rule.final)?.rule,
      why: 'in credentials.files denies it, and a denied credential has no exceptions',
    }));
    return [...writes, ...reads].flatMap(({ rule, by, why }) => {
      if (!by) return [];
      const fix = { title: 'Remove this entry', edit: { kind: 'remove', pointer: rule.pointer }, preferred: true } as const;
      return [context.problem('allow-under-deny', `has no effect: "${printable(by.spelled)}" ${why}`, rule.pointer, [fix])];
    });
  },
};
