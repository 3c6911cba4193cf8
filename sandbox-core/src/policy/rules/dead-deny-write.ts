import { containsPath, expandPath } from '../absolute-path';
import { printable } from '../parse';
import { comparableWith, placesOf } from '../policy-facts';
import { defaultWritePaths } from '../protections';
import type { PolicyRule } from '../validate';
import { entriesBelow, rootOf } from './path-rules';

/** denyWrite makes exceptions to allowWrite; outside of what may be written an entry changes nothing. */
export const deadDenyWrite: PolicyRule = {
  codes: ['dead-deny-write'],
  about: 'paths',
  check(context) {
    const { covering } = context;
    const allowed = context.paths.allowWrite;
    if (allowed.some(({ pattern }) => pattern.kind === 'glob')) return [];
    const isAllowedBelow = entriesBelow(allowed);
    const writable = defaultWritePaths.map((path) => expandPath(path, placesOf(context.facts)));
    const isComparable = comparableWith([...writable, ...allowed.map(({ pattern }) => rootOf(pattern))]);
    return context.paths.denyWrite.flatMap((rule) => {
      const root = rootOf(rule.pattern);
      if (!isComparable(root)) return [];
      if (covering('allowWrite', rule).length > 0 || isAllowedBelow(root) || writable.some((path) => containsPath(path, root) || containsPath(root, path))) return [];
      return [context.problem('dead-deny-write', `changes nothing: no entry of allowWrite covers "${printable(rule.spelled)}", so it cannot be written anyway`, rule.pointer)];
    });
  },
};
