import { SandboxError } from '../errors';
import { describePointer, validatePolicy, type Policy } from '../policy';

/** A policy that a program made, held against the schema and the rules. Throws a SandboxError that names every problem. */
export function checkedPolicy(given: object): Policy {
  const { policy, problems } = validatePolicy(JSON.stringify(given), { errorsOnly: true });
  if (policy) return policy;
  const lines = problems.filter(({ severity }) => severity === 'error').map(({ pointer, message }) => `  ${pointer === undefined || pointer === '' ? '' : `${describePointer(pointer)}: `}${message}`);
  throw new SandboxError('policy-invalid', `expected a valid policy:\n${lines.join('\n')}`);
}
