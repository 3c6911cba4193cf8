import { toPointer } from '../pointer';
import type { PolicyRule } from '../validate';

/** sandbox-runtime replaces a longer list by `*`. */
const MAX_DIRECTORIES = 8;

/** git.safeDirectories that make git trust every repository, whoever owns it: its hooks and configuration would run. */
export const gitSafeDirectories: PolicyRule = {
  codes: ['git-safe-directories'],
  about: 'settings',
  check({ policy, problem }) {
    const directories = policy.git?.safeDirectories ?? [];
    const pointer = toPointer(['git', 'safeDirectories']);
    const everywhere = directories.flatMap((directory, index) => (directory === '*' ? [problem('git-safe-directories', 'makes git trust every repository, whoever owns it; name the directories', toPointer(['git', 'safeDirectories', index]))] : []));
    if (everywhere.length > 0 || directories.length <= MAX_DIRECTORIES) return everywhere;
    return [problem('git-safe-directories', `of more than ${MAX_DIRECTORIES} directories (${directories.length} here) sandbox-runtime makes "*": git then trusts every repository`, pointer)];
  },
};
