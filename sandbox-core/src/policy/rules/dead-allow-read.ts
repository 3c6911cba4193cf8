import { printable } from '../parse';
import { comparableWith } from '../policy-facts';
import type { PolicyRule } from '../validate';
import { entriesBelow, rootOf } from './path-rules';

/** allowRead makes exceptions to denyRead; without a denied path above it an entry does nothing. Windows grants by it. */
export const deadAllowRead: PolicyRule = {
  codes: ['dead-allow-read'],
  about: 'paths',
  check(context) {
    if (context.platform === 'windows' || context.policy.filesystem?.defaultRead === 'deny') return [];
    const { covering } = context;
    const denied = context.paths.denyRead;
    const isDeniedBelow = entriesBelow(denied);
    const isComparable = comparableWith(denied.map(({ pattern }) => rootOf(pattern)));
    const hasGlobs = denied.some(({ pattern }) => pattern.kind === 'glob');
    return context.paths.allowRead.flatMap((rule) => {
      if (!isComparable(rootOf(rule.pattern))) return [];
      // What a pattern denies below the entry, the entry may re-open.
      if (covering('denyRead', rule).length > 0 || isDeniedBelow(rootOf(rule.pattern)) || (rule.pattern.kind === 'glob' && hasGlobs)) return [];
      const fix = { title: 'Remove this entry', edit: { kind: 'remove', pointer: rule.pointer }, preferred: true } as const;
      return [context.problem('dead-allow-read', `has no effect: no entry of denyRead covers "${printable(rule.spelled)}", so it can be read anyway`, rule.pointer, [fix])];
    });
  },
};
