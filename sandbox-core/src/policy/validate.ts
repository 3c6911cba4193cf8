import { getNodeValue, type Node } from 'jsonc-parser';

import type { AbsolutePath } from './absolute-path';
import { createCheckMemory, type CheckMemory } from './check-memory';
import { ALLOWED_DOMAIN, DENIED_DOMAIN } from './host-pattern';
import { nodeAt, parsePolicy, rangeOf, type PolicySyntax } from './parse';
import type { Policy } from './policy.generated';
import { problemSeverities, type Fix, type Problem, type ProblemCode } from './problem';
import type { PolicyPointer } from './pointer';
import { rules } from './rules';
import { domainEntries, hostPatterns, PATH_LISTS, pathEntries, type DomainList, type HostEntry, type PathList, type PathListEntry, type TextEntry } from './rules/entries';
import { TOLD_BY_THE_WHOLE } from './rules/told-by-the-whole';
import { canCompareGlobs, createFindCovering, policyPathRules, type FindCovering, type PolicyPathRule } from './rules/path-rules';
import { comparisonContext, completed, type PolicyFacts } from './policy-facts';
import { isGlob } from './path-pattern';
import { resolvePolicy, type ResolvedPolicy } from './resolve';
import type { PolicyPlatform } from './schema';
import { applySeverities, PROBLEM_CODES, type SeverityMap } from './severities';
import { findShapeProblems } from './shape';

/**
 * What a rule sees. `policy` may be partly ill-typed: rules run over what has the right shape, at the same time as the
 * shape is checked, so that nobody fixes one wave of errors only to meet the next.
 */
export interface RuleContext {
  readonly policy: PartialPolicy;
  /** Absent: for no platform in particular. */
  readonly platform?: PolicyPlatform;
  readonly facts?: PolicyFacts;
  readonly portable: boolean;
  /** The policy's path lists to ask and compare, paths as they are spelled; host lists are left out. */
  readonly lists: ResolvedPolicy;
  /** The path entries among them, by list; none if filesystem.disabled. */
  readonly paths: Readonly<Record<PathList, readonly PolicyPathRule[]>>;
  /** Every well-formed path entry as it is spelled, list by list. */
  readonly pathEntries: readonly PathListEntry[];
  /** Every well-formed host entry as it is spelled, by list. */
  readonly domains: Readonly<Record<DomainList, readonly TextEntry[]>>;
  readonly covering: FindCovering;
  /** The host entries that can match something, by list. */
  readonly hosts: Readonly<Record<DomainList, readonly HostEntry[]>>;
  /** The problem, with its range and default severity filled in. */
  problem(code: ProblemCode, message: string, pointer: PolicyPointer, fixes?: readonly Fix[]): Problem;
}

/** A policy in which anything may be missing. */
export type PartialPolicy = DeepPartial<Policy>;
type DeepPartial<T> = T extends readonly (infer Item)[] ? readonly (DeepPartial<Item> | undefined)[] : T extends object ? { readonly [Key in keyof T]?: DeepPartial<T[Key]> | undefined } : T;

/**
 * Of an entry of a list, a rule looks at the entry, at those above and below it, at what is not in a list, and at whether
 * lists have entries at all: so a check after a keystroke can leave the others out (recheck/).
 */
export interface PolicyRule {
  readonly codes: readonly ProblemCode[];
  /** The lists that it looks at: those of hosts, those of paths, or none. Absent: any of them. */
  readonly about?: 'hosts' | 'paths' | 'settings';
  /** It looks at whole lists, and finds nothing in them. */
  readonly wholeLists?: boolean;
  /** Paths that it asks for a decision about. */
  asks?(facts: PolicyFacts | undefined): readonly AbsolutePath[];
  check(context: RuleContext): readonly Problem[];
}

export interface ValidatedPolicy {
  readonly syntax: PolicySyntax;
  /** Present if no problem is an error by default: what a policy means does not depend on what somebody wants to be told. */
  readonly policy?: Policy;
  /** In the order of the text. */
  readonly problems: readonly Problem[];
}

/**
 * @property platform where the policy is for; absent: nothing that differs by platform is reported
 * @property facts of the machine; absent: rules that need them stay silent
 * @property portable reports also what sandbox-runtime would ignore or take differently
 * @property errorsOnly leaves out the rules that find no errors: whoever runs a policy does not wait for advice
 */
export interface ValidationOptions {
  /** From check to check of a policy that is being written; absent: everything is worked out anew. */
  readonly memory?: CheckMemory;
  readonly platform?: PolicyPlatform;
  readonly facts?: PolicyFacts;
  readonly severities?: SeverityMap;
  readonly portable?: boolean;
  readonly errorsOnly?: boolean;
}

/** All problems of a policy at once: its text, its shape, and what its rules mean together. Never throws. */
export function validatePolicy(text: string, options: ValidationOptions = {}): ValidatedPolicy {
  return validated(checkPolicy(text, options), options);
}

/** A policy with everything that was found in it. */
export interface CheckedPolicy {
  readonly syntax: PolicySyntax;
  readonly value: unknown;
  /** The parts of the value that have the right shape. */
  readonly usable: PartialPolicy;
  /** Besides those of the text itself; with default severities, in no order. */
  readonly problems: readonly Problem[];
}

export function checkPolicy(text: string, options: ValidationOptions): CheckedPolicy {
  options.memory?.begin();
  const syntax = parsePolicy(text);
  if (!syntax.root) return { syntax, value: undefined, usable: {}, problems: [] };
  const value = jsonValue(text, syntax.root);
  return { syntax, value, ...findProblems(value, syntax.root, options) };
}

export function validated({ syntax, value, problems }: CheckedPolicy, { severities = {} }: ValidationOptions): ValidatedPolicy {
  const all = [...syntax.problems, ...problems];
  const shown = applySeverities(problemsToShow(all), severities);
  if (value === undefined || all.some((problem) => problem.severity === 'error')) return { syntax, problems: shown };
  return { syntax, policy: value as Policy, problems: shown }; // the generated validator found no error in it
}

/** @property comparesGlobs absent: as many patterns as are in the policy can be compared with the other entries, or not */
export interface FindOptions extends ValidationOptions {
  readonly comparesGlobs?: boolean;
}

/** The problems of a value's shape and meaning; `root` is where the value stands. */
export function findProblems(value: unknown, root: Node, options: FindOptions, wanted: readonly PolicyRule[] = rules): Pick<CheckedPolicy, 'problems' | 'usable'> {
  const { problems, usable } = findShapeProblems(value, root);
  return { usable, problems: [...problems, ...problemsOfRules(usable, root, options, wanted)] };
}

export function problemsOfRules(usable: PartialPolicy, root: Node, options: FindOptions, wanted: readonly PolicyRule[]): Problem[] {
  const context = ruleContext(root, usable, options);
  const checked = options.errorsOnly === true ? wanted.filter(({ codes }) => codes.some((code) => problemSeverities[code] === 'error')) : wanted;
  const problems = checked.flatMap((rule) => rule.check(context));
  return isPart(usable) ? problems.filter(({ code }) => !TOLD_BY_THE_WHOLE.has(code)) : problems;
}

function isPart({ extends: others = [] }: PartialPolicy): boolean {
  return others.length > 0;
}

/** In the order of the text. Where the text cannot be parsed, structural fixes cannot be computed either. */
export function problemsToShow(problems: readonly Problem[]): Problem[] {
  const isBroken = problems.some(({ code }) => code === 'json-syntax');
  const sorted = [...problems].sort((a, b) => a.range.offset - b.range.offset || PROBLEM_CODES.indexOf(a.code) - PROBLEM_CODES.indexOf(b.code));
  const distinct = sorted.filter((problem, index) => !isRepeat(sorted, problem, index));
  return isBroken ? distinct.map(({ fixes: _fixes, ...problem }) => problem) : distinct;
}

/** Compared with those at the same place only: a policy may have thousands of problems. */
function isRepeat(sorted: readonly Problem[], problem: Problem, index: number): boolean {
  for (let at = index - 1; sorted[at]?.range.offset === problem.range.offset; at--) if (sorted[at]?.code === problem.code && sorted[at]?.message === problem.message) return true;
  return false;
}

/** What the runtime would read (an own `__proto__` key stays one); for text that it would not, what the tree holds. */
export function jsonValue(text: string, root: Node): unknown {
  try {
    return withInheritedLists(JSON.parse(text));
  } catch {
    return withInheritedLists(getNodeValue(root));
  }
}

const REQUIRED_LISTS: Readonly<Record<string, readonly string[]>> = { network: ['allowedDomains', 'deniedDomains'], filesystem: ['denyRead', 'allowWrite', 'denyWrite'] };

/** A policy with `extends` may leave out what it has nothing to add to. */
function withInheritedLists(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'extends')) return value;
  const policy = value as Readonly<Record<string, unknown>>; // just looked at
  const blocks = Object.entries(REQUIRED_LISTS).map(([key, lists]) => {
    const block = Object.hasOwn(policy, key) ? policy[key] : {};
    const isBlock = typeof block === 'object' && block !== null && !Array.isArray(block);
    return [key, isBlock ? { ...Object.fromEntries(lists.map((list) => [list, []])), ...block } : block];
  });
  return { ...policy, ...Object.fromEntries(blocks) };
}

/** The problem's place: the entry, or the nearest thing around it that the text has. */
export function rangeAt(root: Node, pointer: PolicyPointer): Node {
  for (let at: string = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
    const node = nodeAt(root, at);
    if (node) return node;
    if (at === '') return root;
  }
}

/** A block is too large to be underlined; its key stands for it. */
function shownAt(node: Node): Node {
  const isBlock = node.type === 'object' || node.type === 'array';
  return isBlock && node.parent?.type === 'property' ? (node.parent.children?.[0] ?? node) : node;
}

/** What several rules look at is worked out once, and only if one of them does. */
function ruleContext(root: Node, policy: PartialPolicy, { platform, facts, portable = false, memory = createCheckMemory(), comparesGlobs }: FindOptions): RuleContext {
  const entries = once(() => PATH_LISTS.flatMap((list) => pathEntries(policy, list)));
  const domains = once(() => ({ allowedDomains: domainEntries(policy, 'allowedDomains'), deniedDomains: domainEntries(policy, 'deniedDomains') }));
  const lists = once(() => resolvePolicy(completed(policy), comparisonContext(policy, facts, memory)));
  const paths = once(() => policyPathRules(lists()));
  const covering = once(() => createFindCovering(lists(), comparesGlobs ?? canCompareGlobs(entries().length, entries().filter(({ spelled, literal }) => !literal && isGlob(spelled)).length)));
  const hosts = once(() => ({ allowedDomains: hostPatterns(domains().allowedDomains, ALLOWED_DOMAIN, memory), deniedDomains: hostPatterns(domains().deniedDomains, DENIED_DOMAIN, memory) }));
  const nodeOf = createNodeFinder(root);
  return {
    policy,
    ...(platform && { platform }),
    ...(facts && { facts }),
    portable,
    get pathEntries() {
      return entries();
    },
    get domains() {
      return domains();
    },
    get lists() {
      return lists();
    },
    get paths() {
      return paths();
    },
    get covering() {
      return covering();
    },
    get hosts() {
      return hosts();
    },
    problem: (code, message, pointer, fixes) => ({
      code,
      severity: problemSeverities[code],
      message,
      range: rangeOf(shownAt(nodeOf(pointer))),
      pointer,
      ...(fixes && fixes.length > 0 && { fixes }),
    }),
  };
}

/** As `rangeAt`, for thousands of entries of one list: the list is looked up once. */
function createNodeFinder(root: Node): (pointer: PolicyPointer) => Node {
  const lists = new Map<string, Node>();
  return (pointer) => {
    const slash = pointer.lastIndexOf('/');
    const index = pointer.slice(slash + 1);
    if (!/^\d+$/.test(index)) return rangeAt(root, pointer);
    const parent = pointer.slice(0, slash) as PolicyPointer; // cut at a separator
    const list = lists.get(parent) ?? rangeAt(root, parent);
    lists.set(parent, list);
    return (list.type === 'array' ? list.children?.[Number(index)] : undefined) ?? rangeAt(root, pointer);
  };
}

function once<Result>(make: () => Result): () => Result {
  let made: { readonly result: Result } | undefined;
  return () => (made ??= { result: make() }).result;
}
