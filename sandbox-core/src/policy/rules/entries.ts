import type { PartialPolicy } from '../validate';
import { toPointer, type PolicyPointer } from '../pointer';

export type PathList = 'denyRead' | 'allowRead' | 'allowWrite' | 'denyWrite';
export type DomainList = 'allowedDomains' | 'deniedDomains';

export const PATH_LISTS: readonly PathList[] = ['denyRead', 'allowRead', 'allowWrite', 'denyWrite'];

export interface PathListEntry {
  readonly list: PathList;
  readonly pointer: PolicyPointer;
  /** The path as the policy spells it. */
  readonly spelled: string;
  /** `{ "path": …, "literal": true }`: no character is special. */
  readonly literal: boolean;
}

/** The well-formed entries of a path list; ill-formed ones are reported elsewhere. */
export function pathEntries(policy: PartialPolicy, list: PathList): PathListEntry[] {
  return (policy.filesystem?.[list] ?? []).flatMap((entry, index): PathListEntry[] => {
    const pointer = toPointer(['filesystem', list, index]);
    if (typeof entry === 'string') return [{ list, pointer, spelled: entry, literal: false }];
    return typeof entry?.path === 'string' ? [{ list, pointer, spelled: entry.path, literal: true }] : [];
  });
}

export interface TextEntry {
  readonly pointer: PolicyPointer;
  readonly text: string;
}

export function domainEntries(policy: PartialPolicy, list: DomainList): TextEntry[] {
  return textEntries(policy.network?.[list], ['network', list]);
}

export function textEntries(list: readonly (string | undefined)[] | undefined, at: readonly (string | number)[]): TextEntry[] {
  return (list ?? []).flatMap((text, index) => (typeof text === 'string' ? [{ pointer: toPointer([...at, index]), text }] : []));
}
