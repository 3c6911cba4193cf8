import { ancestorsAndSelf, type AbsolutePath } from './absolute-path';
import type { CanonicalHost } from './host-name';
import { matchesHost } from './host-pattern';
import { matchDepth } from './path-pattern';
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
 * costs nothing; only patterns that end in a wildcard are tried in turn.
 */
export function createPathRuleIndex(rules: readonly PathRule[]): PathRuleIndex {
  const lists = new Map<PathList, ListIndex>();
  for (const rule of rules) {
    const index: ListIndex = lists.get(rule.list) ?? { literals: new Map(), named: new Map(), wild: [] };
    lists.set(rule.list, index);
    if (rule.pattern.kind === 'literal') append(index.literals, rule.pattern.path, rule);
    else if (rule.pattern.lastName !== undefined) append(index.named, rule.pattern.lastName, rule);
    else index.wild.push(rule);
  }
  return {
    matches(list, path) {
      const index = lists.get(list);
      if (!index) return [];
      const ancestors = ancestorsAndSelf(path);
      const found = literalMatches(index, ancestors);
      for (const rule of [...namedCandidates(index, ancestors), ...index.wild]) {
        const depth = matchDepth(rule.pattern, ancestors);
        if (depth !== undefined) found.push({ rule, depth });
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
  /** Patterns by their last name, in lower case. */
  readonly named: Map<string, PathRule[]>;
  readonly wild: PathRule[];
}

function literalMatches({ literals }: ListIndex, ancestors: readonly AbsolutePath[]): PathMatch[] {
  const found: PathMatch[] = [];
  ancestors.forEach((ancestor, depth) => literals.get(ancestor)?.forEach((rule) => found.push({ rule, depth })));
  return found;
}

function namedCandidates({ named }: ListIndex, ancestors: readonly AbsolutePath[]): Iterable<PathRule> {
  if (named.size === 0) return [];
  return new Set(ancestors.flatMap((ancestor) => named.get(ancestor.slice(ancestor.lastIndexOf('/') + 1).toLowerCase()) ?? []));
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
  const somePort = ({ pattern }: HostRule, host: CanonicalHost): boolean => matchesHost(pattern, host, pattern.port ?? ANY_PORT);
  const everyPort = ({ pattern }: HostRule, host: CanonicalHost): boolean => pattern.port === undefined && matchesHost(pattern, host, ANY_PORT);
  return { allowed: hostLookup(allowed, somePort), denied: hostLookup(denied, everyPort) };
}

/** Stands for a port where a rule does not look at it. */
const ANY_PORT = 0;

type HostLookup = (host: CanonicalHost, port: PortInQuestion) => HostRule | undefined;

function hostLookup(rules: readonly HostRule[], matchesWithoutPort: (rule: HostRule, host: CanonicalHost) => boolean): HostLookup {
  const order = new Map(rules.map((rule, index) => [rule, index]));
  const byKey = new Map<string, HostRule[]>();
  for (const rule of rules) append(byKey, hostKey(rule), rule);
  return (host, port) => {
    const candidates = lookupKeys(host)
      .flatMap((key) => byKey.get(key) ?? [])
      .filter((rule) => (port === undefined ? matchesWithoutPort(rule, host) : matchesHost(rule.pattern, host, port)));
    return candidates.sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0))[0];
  };
}

function hostKey({ pattern: { host } }: HostRule): string {
  if (host.kind === 'any') return '*';
  return host.kind === 'exact' ? host.host : '*.' + host.of;
}

/** `a.b.c` → `a.b.c`, `*.b.c`, `*.c`, `*`. */
function lookupKeys(host: CanonicalHost): string[] {
  const keys: string[] = [host];
  for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) keys.push('*' + host.slice(dot));
  keys.push('*');
  return keys;
}

function append<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
