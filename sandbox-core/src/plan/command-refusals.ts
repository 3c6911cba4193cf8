import { decideCommand, type PolicyPointer, type ResolvedPolicy } from '../policy';
import type { Refusal } from './plan';

/** What the policy's command rules say of a command; with the guidance of their author. A guard rail, not the boundary. */
export function commandRefusals(policy: ResolvedPolicy, argv: readonly string[]): Refusal[] {
  const { outcome, rule, reason, guidance } = decideCommand(policy, argv);
  if (outcome === 'allow') return [];
  const pointer = rule.kind === 'built-in' ? undefined : (rule.pointer as PolicyPointer); // set at parse
  const consent = outcome === 'ask' ? ', and nobody can be asked here' : '';
  const message = `${reason}${consent}${guidance === undefined ? '' : `: ${guidance}`}`;
  return [{ code: outcome === 'deny' ? 'command-denied' : 'command-needs-consent', message, ...(pointer !== undefined && { pointer }) }];
}
