import { printable } from '../parse';
import { childPointer } from '../pointer';
import type { PolicyRule } from '../validate';
import { windowsPathProblem } from '../windows-path';
import { credentialFiles } from './entries';

/** Characters that a path can have and hardly ever does: spaces at its ends, backslashes, a URL's scheme; and what Windows makes of names. */
export const suspiciousPath: PolicyRule = {
  codes: ['suspicious-path'],
  about: 'paths',
  check({ policy, pathEntries, platform, problem }) {
    return [...pathEntries, ...credentialFiles(policy)].flatMap(({ spelled, literal, pointer, list }) => {
      const finding = suspicion(spelled, platform === 'windows');
      if (!finding) return [];
      const { message, meant } = finding;
      const fix = { title: `Change to "${printable(meant)}"`, edit: { kind: 'set', pointer: literal ? childPointer(pointer, 'path') : pointer, value: meant }, preferred: list.startsWith('deny') } as const;
      return [problem('suspicious-path', `"${printable(spelled)}": ${message}`, pointer, meant === '' ? [] : [fix])];
    });
  },
};

function suspicion(spelled: string, isWindows: boolean): { readonly message: string; readonly meant: string } | undefined {
  if (/^file:\/\//i.test(spelled)) return { message: 'a path is meant here, not a URL', meant: spelled.slice('file://'.length) };
  if (spelled !== spelled.trim()) return { message: 'the space around it is part of the name', meant: spelled.trim() };
  const onWindows = isWindows ? windowsPathProblem(spelled) : undefined;
  if (onWindows !== undefined) return { message: onWindows, meant: '' };
  if (!isWindows && /^(?:[A-Za-z]:)?[^/]*\\/.test(spelled)) return { message: 'a backslash is an ordinary character of a name, except on Windows', meant: /^[A-Za-z]:/.test(spelled) ? '' : spelled.replaceAll('\\', '/') };
  return undefined;
}
