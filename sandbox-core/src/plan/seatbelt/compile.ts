import type { ResolvedPolicy } from '../../policy';
import type { Command } from '../compile';
import { seatbeltEnvironment } from './environment';
import { fileRules } from './file-rules';
import { keyRules } from './key-rules';
import { networkRules } from './network-rules';
import type { SeatbeltFacts, SeatbeltPlan, SeatbeltResult } from './plan';
import { PREAMBLE } from './preamble';
import { emitProfile } from './profile';
import { seatbeltRefusals } from './refusals';

/** Pure: the same policy, command and facts give the same plan. Every rule is in the profile or in a refusal. */
export function compileSeatbeltPlan(policy: ResolvedPolicy, command: Command, facts: SeatbeltFacts): SeatbeltResult {
  const refusals = seatbeltRefusals(policy, command, facts);
  if (refusals.length > 0) return { refusals };
  return {
    plan: {
      version: 1,
      platform: 'macos',
      command: { argv: command.argv, directory: command.directory },
      environment: seatbeltEnvironment(policy.source, facts),
      rules: [...keyRules(policy.source), ...fileRules(policy, facts.found), ...networkRules(policy, facts.proxy.port)],
      tag: facts.tag,
      terminal: command.terminal,
    },
  };
}

/** The plan as arguments of sandbox-exec(1). */
export function seatbeltArguments({ rules, tag, command }: SeatbeltPlan): string[] {
  return ['-p', emitProfile(PREAMBLE, rules, tag), '--', ...command.argv];
}
