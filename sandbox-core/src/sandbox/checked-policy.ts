import { SandboxError } from '../errors';
import type { CommandLimits } from '../plan/limits';
import { describePointer, validatePolicy, type Policy, type Problem } from '../policy';

const NOTHING = { network: { allowedDomains: [], deniedDomains: [] }, filesystem: { denyRead: [], allowWrite: [], denyWrite: [] } };

/** A policy that a program made, held against the schema and the rules. Throws a SandboxError that names every problem. */
export function checkedPolicy(given: object): Policy {
  const { policy, problems } = validatePolicy(JSON.stringify(given), { errorsOnly: true });
  if (policy?.extends !== undefined) throw new SandboxError('policy-invalid', 'expected a policy that is whole, got one with "extends", whose other policies were not read; take loadPolicy("FILE") for it');
  if (policy) return policy;
  throw new SandboxError('policy-invalid', `expected a valid policy:\n${errorLines(problems)}`);
}

/** Limits of one command, which are the policy's keys: one that is not understood would not be held. Throws a SandboxError. */
export function checkedLimits(limits: CommandLimits): CommandLimits {
  const { policy, problems } = validatePolicy(JSON.stringify({ ...NOTHING, limits }), { errorsOnly: true });
  if (!policy) throw new SandboxError('usage', `expected valid limits of a command:\n${errorLines(problems)}`);
  return policy.limits ?? {};
}

function errorLines(problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error');
  return errors.map(({ pointer, message }) => `  ${pointer === undefined || pointer === '' ? '' : `${describePointer(pointer)}: `}${message}`).join('\n');
}
