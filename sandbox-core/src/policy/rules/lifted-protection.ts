import { toPointer } from '../pointer';
import { protections } from '../protections';
import type { PolicyRule } from '../validate';

/** A protection that is lifted on purpose is still worth a line: what it kept from happening is said where it is lifted. */
export const liftedProtection: PolicyRule = {
  codes: ['lifted-protection'],
  about: 'settings',
  check({ policy, problem }) {
    return (policy.filesystem?.liftProtections ?? []).flatMap((name, index) => {
      const protection = protections.find((candidate) => candidate.name === name);
      if (!protection) return [];
      const paths = protection.paths.map(({ path }) => path);
      const shown = paths.length > 4 ? `${paths.slice(0, 4).join(', ')} …` : paths.join(', ');
      return [problem('lifted-protection', `commands may write ${shown}: ${protection.danger}`, toPointer(['filesystem', 'liftProtections', index]))];
    });
  },
};
