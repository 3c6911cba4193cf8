import { toPointer, type PolicyPointer } from '../pointer';
import { PATH_LISTS, type DomainList, type PathList } from '../rules/entries';

/** The lists that policies grow by. */
export type EntryList = DomainList | PathList;

const DOMAIN_LISTS: readonly DomainList[] = ['allowedDomains', 'deniedDomains'];

export const ENTRY_LISTS: readonly EntryList[] = [...DOMAIN_LISTS, ...PATH_LISTS];

/** Where each stands. */
export const LIST_POINTERS = Object.fromEntries([...DOMAIN_LISTS.map((list) => [list, toPointer(['network', list])]), ...PATH_LISTS.map((list) => [list, toPointer(['filesystem', list])])]) as Readonly<Record<EntryList, PolicyPointer>>; // made of every list

export function isPathList(list: EntryList): list is PathList {
  return PATH_LISTS.some((known) => known === list);
}

/** An entry's list and its index there. */
export interface EntryPlace {
  readonly list: EntryList;
  readonly index: number;
}

/** The entry that a pointer leads to or into; undefined: it leads elsewhere. */
export function entryPlace(pointer: string): EntryPlace | undefined {
  const [, block, list, index] = pointer.split('/', 4);
  if (index === undefined || (block !== 'network' && block !== 'filesystem')) return undefined;
  const known = ENTRY_LISTS.find((name) => name === list);
  return known !== undefined && pointer.startsWith(LIST_POINTERS[known] + '/') ? { list: known, index: Number(index) } : undefined;
}

/** The same place in a list whose entries have other indexes. */
export function withIndex(pointer: PolicyPointer, { list, index }: EntryPlace): PolicyPointer {
  const start = LIST_POINTERS[list].length + 1;
  const rest = pointer.indexOf('/', start);
  return `${pointer.slice(0, start)}${index}${rest === -1 ? '' : pointer.slice(rest)}` as PolicyPointer; // one segment was replaced
}
