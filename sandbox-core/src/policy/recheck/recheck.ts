import { getNodeValue, type Node } from 'jsonc-parser';

import type { PolicySyntax } from '../parse';
import type { PolicyFacts } from '../policy-facts';
import type { PolicyPointer } from '../pointer';
import type { Fix, Problem, ProblemCode, TextRange } from '../problem';
import { rules } from '../rules';
import { canCompareGlobs } from '../rules/path-rules';
import { findProblems, problemsOfRules, type CheckedPolicy, type PartialPolicy, type PolicyRule, type ValidationOptions } from '../validate';
import { applyChange, countPaths, type Affected } from './affected';
import { ENTRY_LISTS, entryPlace, isPathList, withIndex, type EntryList, type EntryPlace } from './entry-lists';
import { listEdit, type ListEdit } from './list-edit';
import { listIn, partOfTree, partOfValue, withList, type KeptEntries } from './part';
import { createRelations, listedEntry, type ListedEntry, type Relations } from './relations';
import type { TextChange } from './text-change';

/** A check that the next one may build on. */
export interface Recheckable extends CheckedPolicy {
  readonly relations: Relations;
  readonly found: readonly Found[];
}

/** @property entry where it was found, unless that is outside of the lists */
interface Found {
  readonly entry?: ListedEntry;
  readonly problem: Problem;
}

/** The rules that may find something else when a list of hosts, or of paths, is edited. */
interface Concerned {
  readonly ofEntries: readonly PolicyRule[];
  readonly ofLists: readonly PolicyRule[];
  /** What all the others find. */
  readonly otherCodes: ReadonlySet<ProblemCode>;
}

const CONCERNED = { hosts: concernedBy('hosts'), paths: concernedBy('paths') };

function concernedBy(lists: 'hosts' | 'paths'): Concerned {
  const concerned = rules.filter(({ about }) => about === undefined || about === lists);
  return { ofEntries: concerned.filter(({ wholeLists }) => wholeLists !== true), ofLists: concerned.filter(({ wholeLists }) => wholeLists === true), otherCodes: new Set(rules.filter((rule) => !concerned.includes(rule)).flatMap(({ codes }) => codes)) };
}

/** Found wherever the decision about a path happens to fall. */
const ASKING_CODES: ReadonlySet<ProblemCode> = new Set(rules.flatMap(({ asks, codes }) => (asks ? codes : [])));

/** Undefined: the policy has entries of an unexpected shape. */
export function recheckable(checked: CheckedPolicy, facts: PolicyFacts | undefined): Recheckable | undefined {
  const entries: Partial<Record<EntryList, ListedEntry[]>> = {};
  for (const list of ENTRY_LISTS) {
    const found = listedEntries(list, listIn(checked.value, list) ?? [], facts);
    if (!found) return undefined;
    entries[list] = found;
  }
  const relations = createRelations(entries as Record<EntryList, ListedEntry[]>); // every list was set
  return { ...checked, relations, found: checked.problems.map((problem) => foundIn(relations, problem)) };
}

function foundIn({ entries }: Relations, problem: Problem): Found {
  const place = problem.pointer === undefined ? undefined : entryPlace(problem.pointer);
  const entry = place && entries[place.list][place.index];
  return { problem, ...(entry && { entry }) };
}

/**
 * The check of a text that differs from the last one by entries of one list: only what these can have to do with is looked
 * at again. Undefined: it has to be checked as a whole. Uses up the last check's relations.
 */
export function recheck(last: Recheckable, text: string, options: ValidationOptions): Recheckable | undefined {
  const edit = listEdit(last.syntax, text);
  const old = edit && listIn(last.value, edit.list);
  const oldUsable = edit && listIn(last.usable, edit.list);
  if (!old || !oldUsable) return undefined;
  const values = edit.added.map((node): unknown => getNodeValue(node));
  const added = listedEntries(edit.list, values, options.facts);
  if (!added) return undefined;
  const { relations } = last;
  const compared = comparesGlobs(relations);
  const affected = applyChange(relations, { ...edit, added }, last.usable, options.facts);
  if (!affected || comparesGlobs(relations) !== compared) return undefined;
  options.memory?.begin();
  const value = withList(last.value, edit.list, old.toSpliced(edit.at, edit.removed, ...values));
  const kept = keptEntries(relations, affected);
  const part = { value: partOfValue(value, kept), root: partOfTree(rootOf(edit.syntax), kept) };
  const { ofEntries, ofLists, otherCodes } = CONCERNED[isPathList(edit.list) ? 'paths' : 'hosts'];
  const found = findProblems(part.value, part.root, { ...options, comparesGlobs: compared }, ofEntries);
  const usable = withList(last.usable, edit.list, oldUsable.toSpliced(edit.at, edit.removed, ...usableAdded(found.usable, edit, kept))) as PartialPolicy; // a list of it has other entries
  const fresh = [...ofPart(found.problems, relations, affected, kept), ...problemsOfRules(usable, rootOf(edit.syntax), options, ofLists)];
  const all = [...unaffected(last.found, edit, relations, affected, otherCodes), ...fresh.map((problem) => foundIn(relations, problem))];
  return { syntax: edit.syntax, value, usable, relations, found: all, problems: all.map(({ problem }) => problem) };
}

function listedEntries(list: EntryList, values: readonly unknown[], facts: PolicyFacts | undefined): ListedEntry[] | undefined {
  const entries: ListedEntry[] = [];
  for (const value of values) {
    const entry = listedEntry(list, value, facts);
    if (!entry) return undefined;
    entries.push(entry);
  }
  return entries;
}

function comparesGlobs(relations: Relations): boolean {
  const { entries, globs } = countPaths(relations);
  return canCompareGlobs(entries, globs);
}

function rootOf({ root }: PolicySyntax): Node {
  if (!root) throw new Error('an edited list is in a tree');
  return root;
}

function keptEntries({ entries }: Relations, { support }: Affected): KeptEntries {
  const kept = (list: EntryList): number[] => {
    const indexes: number[] = [];
    for (const [index, entry] of entries[list].entries()) if (support.has(entry)) indexes.push(index);
    return indexes;
  };
  return Object.fromEntries(ENTRY_LISTS.map((list) => [list, kept(list)])) as unknown as KeptEntries; // made of every list
}

function usableAdded(usable: PartialPolicy, { list, at, added }: ListEdit, kept: KeptEntries): unknown[] {
  const found = listIn(usable, list) ?? [];
  return added.map((_, index) => found[kept[list].indexOf(at + index)]);
}

/** What was found before and still holds, where it is now. */
function unaffected(found: readonly Found[], { list, at, removed, added, change }: ListEdit, { entries }: Relations, affected: Affected, otherCodes: ReadonlySet<ProblemCode>): Found[] {
  const moved = added.length - removed;
  const placeNow = (place: EntryPlace): EntryPlace => (place.list === list && place.index >= at + removed ? { list, index: place.index + moved } : place);
  const still = new Set(removed === 0 ? [] : entries[list]);
  const isThere = (entry: ListedEntry): boolean => !affected.entries.has(entry) && (removed === 0 || entry.list !== list || still.has(entry));
  const holds = ({ entry, problem: { code } }: Found): boolean => otherCodes.has(code) || (entry !== undefined && !ASKING_CODES.has(code) && isThere(entry));
  return found.filter(holds).map((known): Found => {
    const range = rangeNow(known.problem.range, change);
    if (moved === 0 && range === known.problem.range) return known;
    const here = range === known.problem.range ? known.problem : { ...known.problem, range };
    return { ...known, problem: moved === 0 ? here : withPlaces(here, placeNow) };
  });
}

/** The same range if the change is behind it; longer or shorter if it is around the change. */
function rangeNow(range: TextRange, { offset, removed, inserted }: TextChange): TextRange {
  if (removed === inserted || range.offset + range.length <= offset) return range;
  const shift = inserted - removed;
  return range.offset >= offset ? { offset: range.offset + shift, length: range.length } : { offset: range.offset, length: range.length + shift };
}

/** What was found in the part, as pointers lead to it in the whole. */
function ofPart(problems: readonly Problem[], { entries }: Relations, affected: Affected, kept: KeptEntries): Problem[] {
  const placeNow = ({ list, index }: EntryPlace): EntryPlace | undefined => {
    const now = kept[list][index];
    return now === undefined ? undefined : { list, index: now };
  };
  return problems.flatMap((problem): Problem[] => {
    const place = problem.pointer === undefined ? undefined : entryPlace(problem.pointer);
    const now = place && placeNow(place);
    const entry = now && entries[now.list][now.index];
    return !entry || ASKING_CODES.has(problem.code) || affected.entries.has(entry) ? [withPlaces(problem, placeNow)] : [];
  });
}

function withPlaces(problem: Problem, placeNow: (place: EntryPlace) => EntryPlace | undefined): Problem {
  const led = (pointer: PolicyPointer): PolicyPointer => {
    const place = entryPlace(pointer);
    const now = place && placeNow(place);
    return now ? withIndex(pointer, now) : pointer;
  };
  const fixes = problem.fixes?.map((fix): Fix => (fix.edit.kind === 'replace-text' ? fix : { ...fix, edit: { ...fix.edit, pointer: led(fix.edit.pointer) } }));
  return { ...problem, ...(problem.pointer !== undefined && { pointer: led(problem.pointer) }), ...(fixes && { fixes }) };
}
