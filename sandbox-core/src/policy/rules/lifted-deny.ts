import { printable } from '../parse';
import type { PolicyRule } from '../validate';

/** A denyRead entry that an allow entry for the very same path lifts: of equally specific entries the allow wins. */
export const liftedDeny: PolicyRule = {
  codes: ['lifted-deny'],
  about: 'paths',
  check(context) {
    const allowed = new Map([...context.paths.allowWrite, ...context.paths.allowRead].flatMap((rule) => (rule.pattern.kind === 'literal' ? [[rule.pattern.path, rule] as const] : [])));
    return context.paths.denyRead.flatMap((rule) => {
      const by = rule.final || rule.pattern.kind !== 'literal' ? undefined : allowed.get(rule.pattern.path);
      if (!by) return [];
      const fix = { title: `Remove "${printable(by.spelled)}" from ${by.list}`, edit: { kind: 'remove', pointer: by.pointer }, preferred: true } as const;
      return [context.problem('lifted-deny', `denies nothing: "${printable(by.spelled)}" in ${by.list} names the same path, and then the allow wins`, rule.pointer, [fix])];
    });
  },
};
