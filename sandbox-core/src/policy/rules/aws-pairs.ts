import { printable } from '../parse';
import { toPointer } from '../pointer';
import type { Problem } from '../problem';
import type { PolicyRule, RuleContext } from '../validate';

const SLOTS = ['accessKeyIdVar', 'secretAccessKeyVar', 'sessionTokenVar'] as const;

/** awsPairs name masked environment variables, each in one slot only. */
export const awsPairs: PolicyRule = {
  codes: ['aws-pair'],
  about: 'settings',
  check(context) {
    const seen = new Set<string>();
    const variables = new Map((context.policy.credentials?.envVars ?? []).map((entry) => [entry?.name, entry]));
    return (context.policy.credentials?.awsPairs ?? []).flatMap((pair, index) =>
      SLOTS.flatMap((slot) => {
        const name = pair?.[slot];
        return name === undefined ? [] : checkSlot(context, name, ['credentials', 'awsPairs', index, slot], seen, variables.get(name));
      }),
    );
  },
};

/** An entry of credentials.envVars, as far as it matters here. */
interface MaskedVariable {
  readonly mode?: string | undefined;
  readonly extract?: string | undefined;
  readonly decode?: string | undefined;
}

function checkSlot(context: RuleContext, name: string, at: readonly (string | number)[], seen: Set<string>, variable: MaskedVariable | undefined): Problem[] {
  const pointer = toPointer(at);
  const shown = printable(name);
  const problems: Problem[] = [];
  if (seen.has(name)) problems.push(context.problem('aws-pair', `${shown} is already used in another slot`, pointer));
  seen.add(name);
  if (variable?.mode !== 'mask') problems.push(context.problem('aws-pair', `${shown} has to be an entry of credentials.envVars with mode "mask"`, pointer));
  else if (variable.extract !== undefined || variable.decode !== undefined) problems.push(context.problem('aws-pair', `${shown} is masked in part (extract or decode), which cannot be signed with`, pointer));
  return problems;
}
