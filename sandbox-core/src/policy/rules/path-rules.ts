import type { PathPattern } from '../path-pattern';
import { parentPath, type AbsolutePath } from '../absolute-path';
import type { PathRule, ResolvedPolicy } from '../resolve';
import { createPathRuleIndex, type PathMatch } from '../rule-index';
import type { PolicyPointer } from '../pointer';
import type { PathList } from './entries';

/** A path rule that stands in the policy, for rules that compare entries with each other. */
export interface PolicyPathRule extends PathRule {
  readonly pointer: PolicyPointer;
}

/** Entries by list, credentials among denyRead; none of a policy with filesystem.disabled. */
export function policyPathRules({ filesystem }: ResolvedPolicy): Readonly<Record<PathList, readonly PolicyPathRule[]>> {
  const found: Record<PathList, PolicyPathRule[]> = { denyRead: [], allowRead: [], allowWrite: [], denyWrite: [] };
  for (const rule of filesystem.rules) if (rule.rule.kind === 'policy') found[rule.list].push({ ...rule, pointer: rule.rule.pointer as PolicyPointer }); // set at parse
  return found;
}

/** A path below which everything lies that the pattern can name: the path itself, or what is fixed of a glob. */
export function rootOf(pattern: PathPattern): AbsolutePath {
  return pattern.kind === 'literal' ? pattern.path : pattern.prefix;
}

/** Above this many comparisons of entries with globs, they are left out: a check has to keep up with typing. */
const MAX_GLOB_COMPARISONS = 20_000;

export function canCompareGlobs(entries: number, globs: number): boolean {
  return globs * entries <= MAX_GLOB_COMPARISONS;
}

/** Finds entries of a list that cover everything another entry names. */
export type FindCovering = (list: PathList, inner: PathRule) => readonly PathMatch[];

/** The finder of one policy: the most specific entry comes first, the entry itself is left out. Of a glob, what is fixed is compared. */
export function createFindCovering({ filesystem }: ResolvedPolicy, comparesGlobs: boolean): FindCovering {
  const index = createPathRuleIndex(filesystem.rules.filter(({ rule }) => rule.kind === 'policy'));
  const find = comparesGlobs ? index.matches : index.literalMatches;
  return (list, inner) => {
    const found = (inner.pattern.kind === 'glob' ? index.literalMatches : find)(list, rootOf(inner.pattern));
    return found.length === 0 ? found : found.filter(({ rule }) => !isSame(rule, inner));
  };
}

function isSame(a: PathRule, b: PathRule): boolean {
  return a.rule.kind === 'policy' && b.rule.kind === 'policy' && a.rule.pointer === b.rule.pointer;
}

/** Whether a list has an entry at or below a path, or a glob that could match there: one question for many paths. */
export function entriesBelow(rules: readonly PathRule[]): (path: AbsolutePath) => boolean {
  const above = new Set<AbsolutePath>();
  // What is above a known path is known too.
  for (const { pattern } of rules) for (let path = rootOf(pattern); !above.has(path); path = parentPath(path)) above.add(path);
  return (path) => above.has(path);
}
