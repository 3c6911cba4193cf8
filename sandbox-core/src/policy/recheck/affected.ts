import { expandPath, type AbsolutePath } from '../absolute-path';
import { placesOf, type PolicyFacts } from '../policy-facts';
import { PATH_LISTS } from '../rules/entries';
import { rules } from '../rules';
import type { PartialPolicy } from '../validate';
import { ENTRY_LISTS, isPathList, type EntryList } from './entry-lists';
import { GLOB_TRAIT, PATH_TRAIT, prefixesOf, type ListedEntry, type Relations } from './relations';

const DOMAIN_LISTS = ENTRY_LISTS.filter((list) => !isPathList(list));

/** Above this many entries a check of the whole policy is as fast. */
const MAX_AFFECTED = 200;

/** What a change of entries touches. */
export interface Affected {
  /** Entries about which something else may be true now. */
  readonly entries: ReadonlySet<ListedEntry>;
  /** These, and all that what is true of them depends on. */
  readonly support: ReadonlySet<ListedEntry>;
}

export interface EntryChange {
  readonly list: EntryList;
  readonly at: number;
  readonly removed: number;
  readonly added: readonly ListedEntry[];
}

/** Makes the change, and says what it touches. Undefined: so much that everything has to be looked at. */
export function applyChange(relations: Relations, change: EntryChange, policy: PartialPolicy, facts: PolicyFacts | undefined): Affected | undefined {
  const { list, at, removed, added } = change;
  const changed = [...relations.entries[list].slice(at, at + removed), ...added];
  const traits = new Set(changed.flatMap((entry) => entry.traits));
  const prefixes = new Set(changed.flatMap(({ key }) => (key === undefined ? [] : prefixesOf(key))));
  const hadTraits = new Map([...traits].map((trait) => [trait, relations.count(trait) > 0]));
  const hadBelow = new Map([...prefixes].map((prefix) => [prefix, hasBelow(relations, list, prefix)]));
  relations.replace(list, at, removed, added);
  if ([...hadTraits].some(([trait, had]) => relations.count(trait) > 0 !== had)) return undefined;
  const lists = isPathList(list) ? PATH_LISTS : DOMAIN_LISTS;
  const entries = new Set(added);
  for (const { key } of changed) if (key !== undefined) addAll(entries, related(relations, lists, key));
  // Whether a directory has an exception in it matters to everything that the directory covers.
  for (const [prefix, had] of hadBelow) if (hasBelow(relations, list, prefix) !== had && relations.at(lists, prefix).length > 0) addAll(entries, relations.below(lists, prefix, MAX_AFFECTED));
  if (entries.size >= MAX_AFFECTED) return undefined;
  const support = new Set(entries);
  for (const other of ENTRY_LISTS) addAll(support, witnesses(relations.entries[other]));
  if (isPathList(list)) addPathSupport(support, relations, policy, facts);
  return support.size > 2 * MAX_AFFECTED ? undefined : { entries, support };
}

function related(relations: Relations, lists: readonly EntryList[], key: string): ListedEntry[] {
  return [...above(relations, lists, key), ...relations.below(lists, key, MAX_AFFECTED)];
}

function above(relations: Relations, lists: readonly EntryList[], key: string): ListedEntry[] {
  return prefixesOf(key).flatMap((prefix) => relations.at(lists, prefix));
}

function hasBelow(relations: Relations, list: EntryList, prefix: string): boolean {
  return relations.below([list], prefix, 1).length > 0;
}

function addPathSupport(support: Set<ListedEntry>, relations: Relations, policy: PartialPolicy, facts: PolicyFacts | undefined): void {
  const paths = askedPaths(policy, facts).map((path) => (path === '/' ? '/' : `${path}/`));
  for (const key of paths) addAll(support, above(relations, PATH_LISTS, key));
  const keys = new Set([...paths, ...[...support].flatMap(({ list, key }) => (key !== undefined && isPathList(list) ? [key] : []))]);
  // For whether there is something below a path at all, any one will do.
  for (const key of keys) addAll(support, PATH_LISTS.flatMap((list) => relations.below([list], key, 1)));
}

/** One entry for each trait that the list has. */
function witnesses(entries: readonly ListedEntry[]): ListedEntry[] {
  const seen = new Set<string>();
  return entries.filter(({ traits }) => traits.some((trait) => !seen.has(trait) && seen.add(trait)));
}

/** Paths outside of the lists that rules hold against them. */
function askedPaths(policy: PartialPolicy, facts: PolicyFacts | undefined): AbsolutePath[] {
  const key = policy.network?.tlsTerminate?.caKeyPath;
  return [...rules.flatMap((rule) => rule.asks?.(facts) ?? []), ...(policy.credentials?.files ?? []).flatMap((file) => (file?.path === undefined ? [] : [expandPath(file.path, placesOf(facts))])), ...(key === undefined ? [] : [expandPath(key, placesOf(facts))])];
}

function addAll<Value>(set: Set<Value>, values: Iterable<Value>): void {
  for (const value of values) set.add(value);
}

/** As rules count them: entries of path lists, and patterns among these. */
export function countPaths(relations: Relations): { readonly entries: number; readonly globs: number } {
  const sum = (trait: string): number => PATH_LISTS.reduce((total, list) => total + relations.count(`${list} ${trait}`), 0);
  return { entries: sum(PATH_TRAIT), globs: sum(GLOB_TRAIT) };
}

