import { toPointer } from '../pointer';
import type { Problem } from '../problem';
import type { PolicyRule, RuleContext } from '../validate';

/** What the keys of one credential need of each other. */
export const credentialShape: PolicyRule = {
  codes: ['claims-without-decode', 'claims-empty', 'mask-directory'],
  about: 'settings',
  check(context) {
    const { files = [], envVars = [] } = context.policy.credentials ?? {};
    const claims = [
      ...files.flatMap((file, index) => checkClaims(context, file, ['credentials', 'files', index])),
      ...envVars.flatMap((variable, index) => checkClaims(context, variable, ['credentials', 'envVars', index])),
    ];
    const directories = files.flatMap((file, index) =>
      file?.mode === 'mask' && file.path?.endsWith('/')
        ? [context.problem('mask-directory', 'only a single file can be masked; deny a directory instead', toPointer(['credentials', 'files', index, 'path']))]
        : [],
    );
    return [...claims, ...directories];
  },
};

interface Claims {
  readonly decode?: 'jwt' | undefined;
  readonly maskClaims?: readonly (string | undefined)[] | undefined;
}

function checkClaims(context: RuleContext, credential: Claims | undefined, at: readonly (string | number)[]): Problem[] {
  if (credential?.maskClaims === undefined) return [];
  const pointer = toPointer([...at, 'maskClaims']);
  const problems: Problem[] = [];
  if (credential.decode === undefined) problems.push(context.problem('claims-without-decode', 'maskClaims needs "decode": "jwt"', pointer, [{ title: 'Add "decode": "jwt"', edit: { kind: 'set', pointer: toPointer([...at, 'decode']), value: 'jwt' }, preferred: false }]));
  if (credential.maskClaims.length === 0) problems.push(context.problem('claims-empty', 'maskClaims names no claim; leave it out to mask the whole token', pointer));
  return problems;
}
