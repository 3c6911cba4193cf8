import { printable } from '../parse';
import { isGlob } from '../path-pattern';
import type { Fix } from '../problem';
import type { PolicyRule, RuleContext } from '../validate';
import { expandPath } from '../absolute-path';
import { placesOf } from '../policy-facts';
import { pathEntries, type PathList, type PathListEntry } from './entries';

/** Patterns that sandbox-runtime drops on a platform, in silence: a deny among them protects nothing there. */
export const ignoredGlob: PolicyRule = {
  codes: ['ignored-glob'],
  about: 'paths',
  check(context) {
    if (context.policy.filesystem?.disabled === true) return [];
    if (context.platform === 'linux') return [...findings(context, ['allowWrite', 'denyWrite'], (spelled) => isGlob(spelled), writeGlob), ...findings(context, ['denyRead', 'allowRead'], hasNoFixedStart, readGlob)];
    if (context.platform === 'windows') return findings(context, ['allowWrite', 'denyWrite', 'denyRead', 'allowRead'], (spelled) => /[[\]]/.test(spelled) && !/[*?]/.test(spelled), () => 'on Windows only * and ? are special, so this names one file');
    return [];
  },
};

function findings(context: RuleContext, lists: readonly PathList[], isIgnored: (spelled: string) => boolean, reason: (list: PathList) => string): ReturnType<PolicyRule['check']> {
  return lists
    .flatMap((list) => pathEntries(context.policy, list))
    .filter((entry) => !entry.literal && isIgnored(entry.spelled) && !namesAFile(context, entry))
    .map((entry) => context.problem('ignored-glob', `"${printable(entry.spelled)}": ${reason(entry.list)}`, entry.pointer, fixesFor(entry)));
}

function writeGlob(list: PathList): string {
  const consequence = list === 'denyWrite' ? 'so there it protects nothing' : 'so there it allows nothing';
  return `on Linux sandbox-runtime drops every pattern in ${list} but a trailing "/**", ${consequence}`;
}

function readGlob(list: PathList): string {
  return `on Linux sandbox-runtime drops a pattern whose first directory is not fixed, so there it ${list === 'denyRead' ? 'hides' : 'opens'} nothing`;
}

function hasNoFixedStart(spelled: string): boolean {
  return isGlob(spelled) && /^\/[^/]*[*?[\]]/.test(spelled);
}

/** What exists under a name that only looks like a pattern is taken by that name too. */
function namesAFile({ facts }: RuleContext, { spelled }: PathListEntry): boolean {
  const kind = facts?.kindOf(expandPath(spelled, placesOf(facts)));
  return kind === 'directory' || kind === 'file';
}

/** For `dir/*`, the directory is close to what was meant; it says more, so a look is needed. */
function fixesFor({ list, spelled, pointer }: PathListEntry): Fix[] {
  const directory = /^(.*[^/])\/\*$/.exec(spelled)?.[1];
  if (directory === undefined || isGlob(directory) || !list.endsWith('Write')) return [];
  return [{ title: `Change to "${printable(directory)}"`, edit: { kind: 'set', pointer, value: directory }, preferred: false }];
}
