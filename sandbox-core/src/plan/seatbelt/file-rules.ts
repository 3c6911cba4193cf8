import { ancestorsAndSelf, containsPath, decide, ROOT_DIRECTORY, type AbsolutePath, type PathRule, type ResolvedPolicy } from '../../policy';
import { toPathMatcher, type PathMatcher } from './path-filters';
import type { SeatbeltFilter, SeatbeltOperation, SeatbeltRule } from './profile';

interface MatchedRule {
  readonly rule: PathRule;
  readonly matcher: PathMatcher;
}

/**
 * The path rules of a policy in the order that makes the last match of a profile say what `decide` says:
 *
 * 1. everything may be read; what allowWrite names may be written;
 * 2. denyRead against allowRead and allowWrite, shallow before deep, at one depth the deny before the allow;
 * 3. denials without exceptions (credentials), then denyWrite;
 * 4. the directories that lead to a denied path cannot be moved away, or its rule would name nothing any more.
 *
 * @param found what patterns name on the disk now
 */
export function fileRules(policy: ResolvedPolicy, found: readonly AbsolutePath[]): SeatbeltRule[] {
  if (policy.filesystem.disabled) return [{ action: 'allow', operations: ['file-read*', 'file-write*'], filters: [] }];
  const rules = policy.filesystem.rules.map((rule): MatchedRule => ({ rule, matcher: toPathMatcher(rule.pattern) }));
  const listed = (list: PathRule['list']): MatchedRule[] => rules.filter(({ rule }) => rule.list === list);
  const final = listed('denyRead').filter(({ rule }) => rule.final);
  const denied = listed('denyRead').filter(({ rule }) => !rule.final);
  const writable = listed('allowWrite');
  const held = [...listed('denyRead'), ...listed('denyWrite')];
  return [
    { action: 'allow', operations: ['file-read*'], filters: [] },
    ...(writable.length > 0 ? [{ action: 'allow', operations: ['file-write*'], filters: writable.map(({ matcher }) => matcher.filter) } as const] : []),
    ...readRules(denied, [...listed('allowRead'), ...writable], writable),
    ...final.map((entry) => denial(entry, ['file-read*', 'file-write*'])),
    ...(denied.length + final.length > 0 ? passing(denied) : []),
    ...listed('denyWrite').map((entry) => denial(entry, ['file-write*'])),
    ...pins([...held.map(({ matcher }) => matcher.prefix), ...found.filter((path) => decide(policy, { kind: 'write', path }).outcome === 'deny')]),
  ];
}

/** Pairs of a denial and an exception whose depths both vary: which one is more specific then differs from path to path. */
export function unorderedPairs(policy: ResolvedPolicy): { readonly denied: PathRule; readonly allowed: PathRule }[] {
  const rules = policy.filesystem.rules.map((rule): MatchedRule => ({ rule, matcher: toPathMatcher(rule.pattern) }));
  const denied = rules.filter(({ rule }) => rule.list === 'denyRead' && !rule.final);
  const allowed = rules.filter(({ rule }) => rule.list === 'allowRead' || rule.list === 'allowWrite');
  return denied.flatMap((deny) => allowed.filter((allow) => mayMeet(deny.matcher, allow.matcher) && !canBeOrdered(deny.matcher, allow.matcher)).map((allow) => ({ denied: deny.rule, allowed: allow.rule })));
}

function canBeOrdered(deny: PathMatcher, allow: PathMatcher): boolean {
  if (deny.depth !== undefined && allow.depth !== undefined) return true;
  if (deny.depth === undefined && allow.depth === undefined) return false;
  return deny.depth === undefined ? deny.deeperThan(allow.depth ?? 0) !== null : allow.deeperThan(deny.depth - 1) !== null;
}

function readRules(denied: readonly MatchedRule[], allowed: readonly MatchedRule[], writable: readonly MatchedRule[]): SeatbeltRule[] {
  if (denied.length === 0) return [];
  const depths = [...new Set([...denied, ...allowed].flatMap(({ matcher: { depth } }) => (depth === undefined ? [] : [depth])))].sort((a, b) => a - b);
  const varying = (entries: readonly MatchedRule[]): MatchedRule[] => entries.filter(({ matcher }) => matcher.depth === undefined);
  const at = (entries: readonly MatchedRule[], depth: number): MatchedRule[] => entries.filter(({ matcher }) => matcher.depth === depth);
  const rules = varying(denied).map((entry) => denial(entry, ['file-read*', 'file-write*']));
  for (const depth of depths) {
    const denies = at(denied, depth);
    const allows = at(allowed, depth);
    rules.push(...denies.map((entry) => denial(entry, ['file-read*', 'file-write*'])));
    rules.push(...deeper(varying(allowed), denies, depth - 1).flatMap((entry) => exception(entry, writable)));
    rules.push(...allows.flatMap((entry) => exception(entry, writable)));
    rules.push(...deeper(varying(denied), allows, depth).map((entry) => denial(entry, ['file-read*', 'file-write*'])));
  }
  return rules;
}

/** Of rules whose depth varies, the part that is deeper than `depth` and so beats the opposing rules at that depth. */
function deeper(varying: readonly MatchedRule[], opposing: readonly MatchedRule[], depth: number): MatchedRule[] {
  return varying.flatMap(({ rule, matcher }) => {
    if (!opposing.some((other) => mayMeet(matcher, other.matcher))) return [];
    const filter = matcher.deeperThan(depth);
    return filter ? [{ rule, matcher: { ...matcher, filter } }] : [];
  });
}

function mayMeet(a: PathMatcher, b: PathMatcher): boolean {
  return containsPath(a.prefix, b.prefix) || containsPath(b.prefix, a.prefix);
}

function denial({ rule, matcher }: MatchedRule, operations: readonly SeatbeltOperation[]): SeatbeltRule {
  return { action: 'deny', operations, filters: [matcher.filter], reason: rule.rule };
}

/** Readable again; writable again only what allowWrite names. */
function exception({ rule, matcher: { filter } }: MatchedRule, writable: readonly MatchedRule[]): SeatbeltRule[] {
  const reason = rule.rule;
  if (rule.list === 'allowWrite') return [{ action: 'allow', operations: ['file-read*', 'file-write*'], filters: [filter], reason }];
  const read: SeatbeltRule = { action: 'allow', operations: ['file-read*'], filters: [filter], reason };
  if (writable.length === 0) return [read];
  const within: SeatbeltFilter = { kind: 'all', filters: [filter, { kind: 'any', filters: writable.map((entry) => entry.matcher.filter) }] };
  return [read, { action: 'allow', operations: ['file-write*'], filters: [within], reason }];
}

/**
 * Programs look at the directories on the way to a file, hidden or not; their content stays hidden. Without "/" itself no
 * program can be started at all.
 */
function passing(denied: readonly MatchedRule[]): SeatbeltRule[] {
  const hidesRoot = denied.some(({ matcher }) => matcher.depth === 0);
  return [
    { action: 'allow', operations: ['file-read-metadata'], filters: [{ kind: 'directories' }] },
    ...(hidesRoot ? [{ action: 'allow', operations: ['file-read-data'], filters: [{ kind: 'literal', path: ROOT_DIRECTORY }] } as const] : []),
  ];
}

function pins(held: readonly AbsolutePath[]): SeatbeltRule[] {
  const above = new Set(held.flatMap(ancestorsAndSelf));
  above.delete(ROOT_DIRECTORY);
  if (above.size === 0) return [];
  const filters = [...above].sort().map((path): SeatbeltFilter => ({ kind: 'literal', path }));
  return [{ action: 'deny', operations: ['file-write-unlink', 'file-write-create'], filters }];
}
