import type { CheckMemory } from '../check-memory';
import { parseHostPattern, type HostPattern, type HostPatternGrammar, type HostPatternResult } from '../host-pattern';
import type { PartialPolicy } from '../validate';
import { childPointer, toPointer, type PolicyPointer } from '../pointer';

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
  const at = toPointer(['filesystem', list]);
  return (policy.filesystem?.[list] ?? []).flatMap((entry, index): PathListEntry[] => {
    const pointer = childPointer(at, index);
    if (typeof entry === 'string') return [{ list, pointer, spelled: entry, literal: false }];
    return typeof entry?.path === 'string' ? [{ list, pointer, spelled: entry.path, literal: true }] : [];
  });
}

/** The files of credentials, which count as denied. */
export function credentialFiles(policy: PartialPolicy): PathListEntry[] {
  return (policy.credentials?.files ?? []).flatMap((file, index): PathListEntry[] =>
    typeof file?.path === 'string' ? [{ list: 'denyRead', pointer: toPointer(['credentials', 'files', index, 'path']), spelled: file.path, literal: false }] : [],
  );
}

export interface TextEntry {
  readonly pointer: PolicyPointer;
  readonly text: string;
}

export function domainEntries(policy: PartialPolicy, list: DomainList): TextEntry[] {
  return textEntries(policy.network?.[list], ['network', list]);
}

export interface HostEntry extends TextEntry {
  readonly pattern: HostPattern;
}

/** The entries that can match a host; the others are reported elsewhere. */
export function hostPatterns(entries: readonly TextEntry[], grammar: HostPatternGrammar, memory?: CheckMemory): HostEntry[] {
  const kind = JSON.stringify(grammar);
  return entries.flatMap((entry) => {
    const parse = (): HostPatternResult => parseHostPattern(entry.text, grammar);
    const result = memory ? memory.recall(`host ${kind} ${entry.text}`, parse) : parse();
    return 'pattern' in result ? [{ ...entry, pattern: result.pattern }] : [];
  });
}

export function textEntries(list: readonly (string | undefined)[] | undefined, at: readonly (string | number)[]): TextEntry[] {
  const parent = toPointer(at);
  return (list ?? []).flatMap((text, index) => (typeof text === 'string' ? [{ pointer: childPointer(parent, index), text }] : []));
}
