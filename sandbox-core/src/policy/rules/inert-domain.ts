import { ALLOWED_DOMAIN, DENIED_DOMAIN, parseHostPattern } from '../host-pattern';
import { printable } from '../parse';
import type { PolicyRule } from '../validate';

/** Entries that srt accepts although no host can match them. A deny among them fails open. */
export const inertDomain: PolicyRule = {
  codes: ['inert-domain'],
  about: 'hosts',
  check({ domains, problem }) {
    return (['allowedDomains', 'deniedDomains'] as const).flatMap((list) =>
      domains[list].flatMap(({ pointer, text }) => {
        const result = parseHostPattern(text, list === 'allowedDomains' ? ALLOWED_DOMAIN : DENIED_DOMAIN);
        if (!('inert' in result)) return [];
        const { suggestion } = result;
        const fixes =
          suggestion === undefined
            ? []
            : [{ title: `Change to "${suggestion}"`, edit: { kind: 'set', pointer, value: suggestion } as const, preferred: list === 'deniedDomains' }];
        return [problem('inert-domain', `"${printable(text)}": ${result.inert}`, pointer, fixes)];
      }),
    );
  },
};
