import { ancestorsAndSelf, expandPath, type AbsolutePath } from '../absolute-path';
import { isGlob, withoutSubtreeSuffix } from '../path-pattern';
import { printable } from '../parse';
import type { PolicyRule } from '../validate';
import { pathEntries, type PathListEntry } from './entries';

/**
 * An allowWrite entry that a denyWrite entry covers: a write deny always wins, also above a more specific allow.
 *
 * Compared as spelled, without the disk: `~` and relative paths are only comparable with their own kind.
 */
export const allowUnderDeny: PolicyRule = {
  codes: ['allow-under-deny'],
  check({ policy, problem }) {
    const denied = new Map([...pathEntries(policy, 'denyWrite').filter(isPlain)].reverse().map((deny) => [comparable(deny), deny]));
    return pathEntries(policy, 'allowWrite')
      .filter(isPlain)
      .flatMap((entry) => {
        const by = denied.size === 0 ? undefined : ancestorsAndSelf(comparable(entry)).map((path) => denied.get(path)).find((deny) => deny !== undefined);
        if (!by) return [];
        const message = `has no effect: "${printable(by.spelled)}" in denyWrite covers it, and a write deny always wins`;
        const fix = { title: 'Remove this entry', edit: { kind: 'remove', pointer: entry.pointer }, preferred: true } as const;
        return [problem('allow-under-deny', message, entry.pointer, [fix])];
      });
  },
};

function isPlain(entry: PathListEntry): boolean {
  return entry.literal || !isGlob(entry.spelled);
}

/** Stand-ins that no real path is below, one for each way to start a path. */
const PLACES = { base: '/\0base' as AbsolutePath, home: '/\0home' as AbsolutePath }; // never meet a real path

function comparable(entry: PathListEntry): AbsolutePath {
  return expandPath(entry.literal ? entry.spelled : withoutSubtreeSuffix(entry.spelled), PLACES);
}
