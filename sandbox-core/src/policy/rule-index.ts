import { ancestorsAndSelf, type AbsolutePath } from './absolute-path';
import { isAddress, type CanonicalHost } from './host-name';
import type { HostPattern } from './host-pattern';
import { folded, matchDepth } from './path-pattern';
import type { HostRule, PathRule } from './resolve';
import type { PathList } from './rules/entries';

/** A rule that covers a path, and how deep the directory lies through which it does. */
export interface PathMatch {
  readonly rule: PathRule;
  readonly depth: number;
}

export interface PathRuleIndex {
  /** All rules of a list that cover the path, the most specific first; of equals the one that stands first. */
  matches(list: PathList, path: AbsolutePath): readonly PathMatch[];
  /** The same without the patterns: its cost does not depend on the number of rules. */
  literalMatches(list: PathList, path: AbsolutePath): readonly PathMatch[];
}

/**
 * Literal rules are found by looking up the path's ancestors, and patterns by the ancestors' names, so the number of either
 * costs nothing; only patterns that end in a wildcard are tried in turn, of each directory on the way those that begin there.
 */
export function createPathRuleIndex(rules: readonly PathRule[]): PathRuleIndex {
  const lists = new Map<PathList, ListIndex>();
  for (const rule of rules) {
    const index: ListIndex = lists.get(rule.list) ?? { literals: new Map(), named: new Map(), wild: new Map() };
    lists.set(rule.list, index);
    if (rule.pattern.kind === 'literal') append(index.literals, rule.pattern.path, rule);
    else if (rule.pattern.lastName !== undefined) append(index.named, rule.pattern.lastName, rule);
    else append(index.wild, folded(rule.pattern.prefix), rule);
  }
  // One decision asks about the same path list by list.
  let last: { readonly path: AbsolutePath; readonly ancestors: readonly AbsolutePath[] } | undefined;
  const ancestorsOf = (path: AbsolutePath): readonly AbsolutePath[] => {
    if (last?.path !== path) last = { path, ancestors: ancestorsAndSelf(path) };
    return last.ancestors;
  };
  return {
    matches(list, path) {
      const index = lists.get(list);
      if (!index) return [];
      const ancestors = ancestorsOf(path);
      const found = literalMatches(index, ancestors);
      for (const rules of [namedCandidates(index, ancestors), wildCandidates(index, ancestors)]) {
        for (const rule of rules) {
          const depth = matchDepth(rule.pattern, ancestors);
          if (depth !== undefined) found.push({ rule, depth });
        }
      }
      return found.length > 1 ? found.sort((a, b) => b.depth - a.depth) : found;
    },
    literalMatches(list, path) {
      const index = lists.get(list);
      return index ? literalMatches(index, ancestorsAndSelf(path)).reverse() : [];
    },
  };
}

interface ListIndex {
  readonly literals: Map<AbsolutePath, PathRule[]>;
  /** Patterns by their last name, folded. */
  readonly named: Map<string, PathRule[]>;
  /** The others by where they begin, folded. */
  readonly wild: Map<string, PathRule[]>;
}

function literalMatches({ literals }: ListIndex, ancestors: readonly AbsolutePath[]): PathMatch[] {
  const found: PathMatch[] = [];
  if (literals.size === 0) return found;
  let depth = 0;
  for (const ancestor of ancestors) {
    const rules = literals.get(ancestor);
    if (rules) for (const rule of rules) found.push({ rule, depth });
    depth++;
  }
  return found;
}

/** Patterns whose last name is a name on the way to the path. */
function namedCandidates({ named }: ListIndex, ancestors: readonly AbsolutePath[]): Iterable<PathRule> {
  if (named.size === 0) return [];
  let found: Set<PathRule> | undefined;
  for (const ancestor of ancestors) {
    const rules = named.get(folded(ancestor.slice(ancestor.lastIndexOf('/') + 1)));
    if (rules) found = new Set([...(found ?? []), ...rules]);
  }
  return found ?? [];
}

function wildCandidates({ wild }: ListIndex, ancestors: readonly AbsolutePath[]): Iterable<PathRule> {
  if (wild.size === 0) return [];
  return ancestors.flatMap((ancestor) => wild.get(folded(ancestor)) ?? []);
}

/** A port, or `undefined` for a question about the host alone: a name that is looked up before any port is known. */
export type PortInQuestion = number | undefined;

export interface HostRuleIndex {
  /** Without a port: a rule that allows some port of the host. */
  allowed(host: CanonicalHost, port: PortInQuestion): HostRule | undefined;
  /** Without a port: a rule that denies every port of the host. */
  denied(host: CanonicalHost, port: PortInQuestion): HostRule | undefined;
}

/** Rules are found by host, by each parent domain, or among those for any host; the first in the list wins. */
export function createHostRuleIndex(allowed: readonly HostRule[], denied: readonly HostRule[]): HostRuleIndex {
  return { allowed: hostLookup(allowed, () => true), denied: hostLookup(denied, ({ port }) => port === undefined) };
}

type HostLookup = (host: CanonicalHost, port: PortInQuestion) => HostRule | undefined;

/** @property place in the list: the first rule that matches decides */
interface PlacedRule {
  readonly rule: HostRule;
  readonly place: number;
}

/** @param countsWithoutPort which rules answer a question about the host alone */
function hostLookup(rules: readonly HostRule[], countsWithoutPort: (pattern: HostPattern) => boolean): HostLookup {
  const any: PlacedRule[] = [];
  const exact = new Map<string, PlacedRule[]>();
  /** By the domain that they are below. */
  const below = new Map<string, PlacedRule[]>();
  rules.forEach((rule, place) => {
    const { host } = rule.pattern;
    if (host.kind === 'any') any.push({ rule, place });
    else if (host.kind === 'exact') append(exact, host.host, { rule, place });
    else append(below, host.of, { rule, place });
  });
  const firstOf = (placed: readonly PlacedRule[] | undefined, port: PortInQuestion, before: PlacedRule | undefined): PlacedRule | undefined => {
    for (const candidate of placed ?? []) {
      if (before && before.place < candidate.place) return before;
      const { pattern } = candidate.rule;
      if (port === undefined ? countsWithoutPort(pattern) : pattern.port === undefined || pattern.port === port) return candidate;
    }
    return before;
  };
  return (host, port) => {
    let first = firstOf(any, port, firstOf(exact.get(host), port, undefined));
    if (below.size === 0) return first?.rule;
    for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
      const found = below.get(host.slice(dot + 1));
      // A wildcard never covers an address.
      if (found && !isAddress(host)) first = firstOf(found, port, first);
    }
    return first?.rule;
  };
}

function append<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
