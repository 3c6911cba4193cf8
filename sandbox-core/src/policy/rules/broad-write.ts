import { containsPath, ROOT_DIRECTORY, type AbsolutePath } from '../absolute-path';
import { printable } from '../parse';
import { isKnownPlace, placesOf } from '../policy-facts';
import type { PolicyRule } from '../validate';
import { rootOf } from './path-rules';

/** Directories from which programs, or the system, take what they run. */
const SYSTEM_DIRECTORIES = ['/bin', '/boot', '/etc', '/lib', '/lib64', '/opt', '/root', '/sbin', '/usr', '/var', '/home', '/Users', '/Applications', '/Library', '/System', '/private'];

/** allowWrite entries that open far more than a project: the whole disk, a home directory, the system's own files. */
export const broadWrite: PolicyRule = {
  codes: ['broad-write'],
  about: 'paths',
  check(context) {
    const { home } = placesOf(context.facts);
    return context.paths.allowWrite.flatMap(({ pattern, spelled, pointer }) => {
      const what = breadth(rootOf(pattern), home, pattern.kind === 'glob');
      return what === undefined ? [] : [context.problem('broad-write', `"${printable(spelled)}" opens ${what} for writing, and with it files that run outside of the sandbox later; name the directories that are needed`, pointer)];
    });
  },
};

function breadth(path: AbsolutePath, home: AbsolutePath, isGlob: boolean): string | undefined {
  if (path === ROOT_DIRECTORY) return isGlob ? undefined : 'the whole disk';
  if (!isGlob && (path === home || (isKnownPlace(home) && containsPath(path, home)))) return 'your home directory';
  return SYSTEM_DIRECTORIES.includes(path) ? `the system directory ${path}` : undefined;
}
