import { printable } from '../parse';
import { toPointer } from '../pointer';
import type { PolicyRule } from '../validate';

/** ignoreViolations compares plain text; a pattern in it ignores nothing. */
export const ignorePattern: PolicyRule = {
  codes: ['ignore-pattern'],
  about: 'settings',
  check({ policy, problem }) {
    return Object.entries(policy.ignoreViolations ?? {}).flatMap(([command, texts]) => {
      const key = command !== '*' && command.includes('*') ? [problem('ignore-pattern', `"${printable(command)}": commands are compared as plain text, so only one that has "*" in it is meant; leave the "*" out`, toPointer(['ignoreViolations', command]))] : [];
      const values = (texts ?? []).flatMap((text, index) => (text?.includes('*') === true ? [problem('ignore-pattern', `"${printable(text)}": violations are compared as plain text, so "*" stands for itself; leave it out`, toPointer(['ignoreViolations', command, index]))] : []));
      return [...key, ...values];
    });
  },
};
