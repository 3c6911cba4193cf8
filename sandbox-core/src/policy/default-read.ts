import { absolutePath, ROOT_DIRECTORY, type AbsolutePath } from './absolute-path';
import { toPointer } from './pointer';
import type { Policy } from './policy.generated';
import type { PathRule } from './resolve';

/** What programs need to run: themselves, their libraries, the system's configuration. The schema's description of the key lists them too. */
export const SYSTEM_DIRECTORIES: readonly AbsolutePath[] = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc', '/opt', '/nix', '/gnu/store', '/run/current-system'].map(absolutePath);

export const DEFAULT_READ_POINTER = toPointer(['filesystem', 'defaultRead']);

/**
 * The rules that `"defaultRead": "deny"` stands for: nothing is readable, except the system's programs, the working
 * directory, and what the lists name.
 *
 * @param shown the working directory, and files that the sandbox itself puts in place
 */
export function defaultReadRules({ filesystem }: Policy, shown: readonly AbsolutePath[]): PathRule[] {
  if (filesystem.defaultRead !== 'deny') return [];
  const rule = (list: PathRule['list'], path: AbsolutePath): PathRule => ({ list, pattern: { kind: 'literal', path }, named: path, rule: { kind: 'policy', pointer: DEFAULT_READ_POINTER }, spelled: path, final: false, whenMissing: 'directory' });
  return [rule('denyRead', ROOT_DIRECTORY), ...[...SYSTEM_DIRECTORIES, ...shown].map((path) => rule('allowRead', path))];
}
