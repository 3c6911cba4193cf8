import { printable } from '../parse';
import type { PolicyPointer } from '../pointer';
import type { Problem } from '../problem';
import type { PolicyRule, RuleContext } from '../validate';
import { type PathList } from './entries';
import { createFindCoveringHost } from './host-cover';
import { entriesBelow, rootOf } from './path-rules';

/** An entry that a broader one of the same list covers: it changes nothing. */
export const shadowedRule: PolicyRule = {
  codes: ['shadowed-rule'],
  check(context) {
    return [...shadowedHosts(context), ...shadowedPaths(context, 'allowWrite', []), ...shadowedPaths(context, 'denyWrite', []), ...shadowedPaths(context, 'denyRead', ['allowRead', 'allowWrite']), ...shadowedPaths(context, 'allowRead', ['denyRead'])];
  },
};

function shadowedHosts(context: RuleContext): Problem[] {
  const reasons = context.policy.network?.deniedDomainReasons ?? {};
  return (['allowedDomains', 'deniedDomains'] as const).flatMap((list) => {
    const entries = context.hosts[list];
    const covering = createFindCoveringHost(entries);
    return entries.flatMap((entry) => {
      const by = covering(entry.pattern, entry);
      // Equal entries are duplicates, found elsewhere; one with a reason of its own still says something.
      if (!by || by.text === entry.text || (covering(by.pattern, by) === entry && indexIn(by.pointer) > indexIn(entry.pointer)) || Object.hasOwn(reasons, entry.text)) return [];
      return [shadowed(context, entry.pointer, by.text)];
    });
  });
}

/** @param opposite lists whose entries in between make the entry matter again */
function shadowedPaths(context: RuleContext, list: PathList, opposite: readonly PathList[]): Problem[] {
  const { covering } = context;
  const rules = context.paths[list];
  const isOpposed = entriesBelow(opposite.flatMap((other) => context.paths[other]));
  return rules.flatMap((rule) => {
    if (rule.final) return [];
    const outer = covering(list, rule).at(-1)?.rule;
    if (outer?.rule.kind !== 'policy' || outer.final) return [];
    const isEqual = outer.pattern.kind === 'literal' && rule.pattern.kind === 'literal' && outer.pattern.path === rule.pattern.path;
    if (isEqual && indexIn(outer.rule.pointer) >= indexIn(rule.pointer)) return [];
    if (outer.spelled === rule.spelled || isOpposed(rootOf(outer.pattern))) return [];
    return [shadowed(context, rule.pointer, outer.spelled)];
  });
}

/** Of an entry, its place in the list. */
function indexIn(pointer: string): number {
  return Number(pointer.slice(pointer.lastIndexOf('/') + 1));
}

function shadowed(context: RuleContext, pointer: PolicyPointer, by: string): Problem {
  const fix = { title: 'Remove this entry', edit: { kind: 'remove', pointer }, preferred: true } as const;
  return context.problem('shadowed-rule', `changes nothing: "${printable(by)}" in the same list already covers it`, pointer, [fix]);
}
