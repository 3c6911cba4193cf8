import { printable } from '../parse';
import { isKnownPlace } from '../policy-facts';
import type { PolicyRule } from '../validate';
import { PATH_LISTS, type PathList } from './entries';

const CONSEQUENCES: Readonly<Record<PathList, string>> = {
  allowWrite: 'it is not there, so this allows nothing; sandbox-runtime skips it, also if it is made later',
  allowRead: 'it is not there, so this opens nothing',
  denyRead: 'it is not there: nothing is hidden until it is made, unless this is a typing error',
  denyWrite: 'it is not there: it cannot be made either, unless this is a typing error',
};

/** Entries for paths that do not exist: often a slip of the pen, sometimes a file that is yet to come. */
export const missingPath: PolicyRule = {
  codes: ['missing-path', 'missing-denied-path'],
  about: 'paths',
  check(context) {
    const { facts } = context;
    if (!facts) return [];
    return PATH_LISTS.flatMap((list) => context.paths[list]).flatMap(({ list, pattern, spelled, pointer }) => {
      if (pattern.kind !== 'literal' || !isKnownPlace(pattern.path) || facts.kindOf(pattern.path) !== 'missing') return [];
      return [context.problem(list.startsWith('deny') ? 'missing-denied-path' : 'missing-path', `"${printable(spelled)}": ${CONSEQUENCES[list]}`, pointer)];
    });
  },
};
