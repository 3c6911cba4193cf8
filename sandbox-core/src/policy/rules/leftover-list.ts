import { toPointer } from '../pointer';
import type { PolicyRule } from '../validate';
import { PATH_LISTS } from './entries';

/** filesystem.disabled lifts every path rule; lists beside it look as if they protected something. */
export const leftoverList: PolicyRule = {
  codes: ['leftover-list'],
  about: 'paths',
  check({ policy, problem }) {
    if (policy.filesystem?.disabled !== true) return [];
    const lists = PATH_LISTS.filter((list) => (policy.filesystem?.[list]?.length ?? 0) > 0).map((list) => ({ name: `filesystem.${list}`, pointer: toPointer(['filesystem', list]) }));
    const files = (policy.credentials?.files?.length ?? 0) > 0 ? [{ name: 'credentials.files', pointer: toPointer(['credentials', 'files']) }] : [];
    const fixes = [{ title: 'Remove "disabled", so that the lists hold', edit: { kind: 'remove', pointer: toPointer(['filesystem', 'disabled']) } as const, preferred: true }];
    return [...lists, ...files].map(({ name, pointer }) => problem('leftover-list', `${name} has no effect while filesystem.disabled is true: everything can be read and written`, pointer, fixes));
  },
};
