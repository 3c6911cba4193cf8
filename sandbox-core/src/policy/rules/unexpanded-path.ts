import { printable } from '../parse';
import type { Fix } from '../problem';
import { childPointer } from '../pointer';
import type { PolicyRule } from '../validate';
import { credentialFiles, type PathListEntry } from './entries';

/** Variables and `~user` are not expanded: such an entry names a file that is really called that. */
export const unexpandedPath: PolicyRule = {
  codes: ['unexpanded-path'],
  about: 'paths',
  check({ policy, pathEntries, platform, problem }) {
    return [...pathEntries, ...credentialFiles(policy)].flatMap((entry) => {
      const what = unexpanded(entry.spelled, platform === 'windows');
      return what === undefined ? [] : [problem('unexpanded-path', `"${printable(entry.spelled)}": ${printable(what)} is not expanded, so this is a name that starts with it`, entry.pointer, homeFix(entry))];
    });
  },
};

function unexpanded(spelled: string, isWindows: boolean): string | undefined {
  const variable = /\$\{?[A-Za-z_]\w*\}?/.exec(spelled)?.[0] ?? (isWindows ? undefined : /%[A-Za-z_]\w*%/.exec(spelled)?.[0]);
  return variable ?? /^~[^/\\]+/.exec(spelled)?.[0];
}

function homeFix({ spelled, literal, pointer, list }: PathListEntry): Fix[] {
  const home = /^(?:\$HOME|\$\{HOME\}|%USERPROFILE%)(?=[/\\]|$)/.exec(spelled)?.[0];
  if (home === undefined) return [];
  const value = '~' + spelled.slice(home.length).replaceAll('\\', '/');
  return [{ title: `Change to "${printable(value)}"`, edit: { kind: 'set', pointer: literal ? childPointer(pointer, 'path') : pointer, value }, preferred: list.startsWith('deny') }];
}
