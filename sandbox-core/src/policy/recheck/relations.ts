import { readEntry } from '../entry-pattern';
import { formatErrors } from '../formats';
import { ALLOWED_DOMAIN, DENIED_DOMAIN, parseHostPattern, type HostPattern } from '../host-pattern';
import { isKnownPlace, placesOf, type PolicyFacts } from '../policy-facts';
import { rootOf } from '../rules/path-rules';
import { ENTRY_LISTS, isPathList, type EntryList } from './entry-lists';

/**
 * An entry of a list, as far as others care.
 *
 * @property key names with a `/` behind each, the broadest first: what an entry covers has a key that begins with its own
 * @property traits what rules ask of a list as a whole: is there an entry, a pattern, one below the home directory?
 */
export interface ListedEntry {
  readonly list: EntryList;
  readonly value: unknown;
  readonly key?: string;
  readonly traits: readonly string[];
}

export const GLOB_TRAIT = 'glob';
export const PATH_TRAIT = 'path';

/** Undefined: not a text, nor an object that is a path for certain. */
export function listedEntry(list: EntryList, value: unknown, facts: PolicyFacts | undefined): ListedEntry | undefined {
  const spelled = spelledIn(list, value);
  if (spelled === undefined) return undefined;
  const isLiteral = typeof value !== 'string';
  const known = isPathList(list) ? pathRelation(spelled, isLiteral, facts) : hostRelation(spelled, list);
  return { list, value, ...known, traits: [list, ...known.traits.map((trait) => `${list} ${trait}`)] };
}

function spelledIn(list: EntryList, value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!isPathList(list) || typeof value !== 'object' || value === null) return undefined;
  const { path, literal, ...others } = value as Readonly<Record<string, unknown>>; // an object of JSON
  return typeof path === 'string' && path !== '' && literal === true && Object.keys(others).length === 0 ? path : undefined;
}

interface Relation {
  readonly key?: string;
  readonly traits: readonly string[];
}

function pathRelation(spelled: string, literal: boolean, facts: PolicyFacts | undefined): Relation {
  if (spelled === '' || formatErrors['srt-path']?.(spelled) !== undefined) return { traits: [] };
  const [reading] = readEntry(spelled, literal, { ...placesOf(facts), canonicalPath: (path) => path });
  if (!reading) return { traits: [] };
  const root = rootOf(reading.pattern);
  const space = isKnownPlace(root) ? '' : (root.split('/')[1] ?? '');
  return { key: root === '/' ? '/' : root + '/', traits: [PATH_TRAIT, `in ${space}`, ...(reading.pattern.kind === 'glob' ? [GLOB_TRAIT] : [])] };
}

function hostRelation(spelled: string, list: EntryList): Relation {
  const result = parseHostPattern(spelled, list === 'allowedDomains' ? ALLOWED_DOMAIN : DENIED_DOMAIN);
  if ('error' in result) return { traits: [] };
  // What can match nothing still has duplicates.
  return { key: 'pattern' in result ? hostKey(result.pattern) : `/inert ${spelled}/`, traits: ['host'] };
}

function hostKey({ host }: HostPattern): string {
  if (host.kind === 'any') return '/';
  const name = host.kind === 'exact' ? host.host : host.of;
  return `/${name.split('.').reverse().join('/')}/`;
}

/** `/a/b/` → `/a/b/`, `/a/`, `/`. */
export function prefixesOf(key: string): string[] {
  const found: string[] = [];
  for (let slash = key.length - 1; slash >= 0; slash = key.lastIndexOf('/', slash - 1)) {
    found.push(key.slice(0, slash + 1));
    if (slash === 0) break;
  }
  return found;
}

/** Which entries of a policy's lists have to do with each other. */
export interface Relations {
  readonly entries: Readonly<Record<EntryList, readonly ListedEntry[]>>;
  replace(list: EntryList, at: number, removed: number, added: readonly ListedEntry[]): void;
  /** How many have this trait. */
  count(trait: string): number;
  /** Entries with exactly this key. */
  at(lists: readonly EntryList[], key: string): readonly ListedEntry[];
  /** At most `limit` entries whose key begins with this one. */
  below(lists: readonly EntryList[], prefix: string, limit: number): readonly ListedEntry[];
}

export function createRelations(entries: Record<EntryList, ListedEntry[]>): Relations {
  const counts = new Map<string, number>();
  const sorted = new Map(ENTRY_LISTS.map((list) => [list, sortedByKey(entries[list])]));
  const tally = (entry: ListedEntry, by: number): void => entry.traits.forEach((trait) => counts.set(trait, (counts.get(trait) ?? 0) + by));
  for (const list of ENTRY_LISTS) for (const entry of entries[list]) tally(entry, 1);
  const find = (list: EntryList, prefix: string, limit: number, isWanted: (key: string) => boolean): ListedEntry[] => {
    const known = sorted.get(list) ?? [];
    let end = lowerBound(known, prefix);
    const start = end;
    while (end < known.length && end - start < limit && isWanted(known[end]?.key ?? '')) end++;
    return known.slice(start, end);
  };
  return {
    entries,
    count: (trait) => counts.get(trait) ?? 0,
    at: (lists, key) => lists.flatMap((list) => find(list, key, Infinity, (other) => other === key)),
    below: (lists, prefix, limit) => lists.flatMap((list) => find(list, prefix, limit, (key) => key.startsWith(prefix))),
    replace(list, at, removed, added) {
      const known = sorted.get(list) ?? [];
      for (const entry of entries[list].splice(at, removed, ...added)) {
        tally(entry, -1);
        if (entry.key !== undefined) known.splice(known.indexOf(entry, lowerBound(known, entry.key)), 1);
      }
      for (const entry of added) {
        tally(entry, 1);
        if (entry.key !== undefined) known.splice(lowerBound(known, entry.key), 0, entry);
      }
    },
  };
}

function sortedByKey(entries: readonly ListedEntry[]): ListedEntry[] {
  return entries.filter(({ key }) => key !== undefined).sort((a, b) => compare(a.key ?? '', b.key ?? ''));
}

/** By code units: an entry's key comes right before those that begin with it. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** The index of the first entry whose key is not less. */
function lowerBound(sorted: readonly ListedEntry[], key: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(sorted[middle]?.key ?? '', key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
