import { absolutePath } from '../absolute-path';
import { decide } from '../decide';
import { isKnownPlace, placesOf } from '../policy-facts';
import { printable } from '../parse';
import type { PolicyPointer } from '../pointer';
import type { PolicyRule } from '../validate';

/** Without these nothing starts: the shell, its libraries, and where the system looks both up. */
const ESSENTIAL = ['/usr', '/bin', '/lib', '/etc'].map(absolutePath);

/** A denyRead that hides what a command needs to start: the directory it starts in, or programs and their libraries. */
export const hiddenDirectory: PolicyRule = {
  codes: ['hidden-directory'],
  about: 'paths',
  asks: (facts) => [...ESSENTIAL, placesOf(facts).base],
  check({ policy, platform, facts, lists, problem }) {
    if (policy.filesystem?.disabled === true) return [];
    const { base } = placesOf(facts);
    const wanted = [...(platform === 'windows' ? [] : ESSENTIAL), base];
    return wanted.flatMap((path) => {
      const { outcome, rule } = decide(lists, { kind: 'read', path });
      if (outcome === 'allow' || rule.kind !== 'policy' || !rule.pointer.startsWith('/filesystem/')) return [];
      const what = path === base ? `the directory that commands start in${isKnownPlace(base) ? ` (${printable(base)})` : ''}` : `${path}, without which no program starts`;
      return [problem('hidden-directory', `hides ${what}; open it again with allowRead, or deny less`, rule.pointer as PolicyPointer)]; // set at parse
    });
  },
};
