import type { AbsolutePath, ResolvedPolicy } from '../policy';
import type { HostFacts } from '../host/facts';
import { commandRefusals } from './command-refusals';
import { planEnvironment, temporaryDirectory } from './environment';
import { planGuards } from './guards';
import { limitRefusals, planLimits } from './limits';
import { planMounts } from './mounts';
import { planNetwork } from './network';
import type { LaunchPlan, Refusal } from './plan';
import { findRefusals } from './refusals';
import { seccompRules } from './seccomp';

/** A command to be run: its arguments (no shell in between), where, and with which terminal. */
export interface Command {
  readonly argv: readonly string[];
  readonly directory: AbsolutePath;
  readonly terminal: 'inherit' | 'none';
}

export type CompileResult = { readonly plan: LaunchPlan } | { readonly refusals: readonly Refusal[] };

/** Pure: the same policy, command and facts give the same plan. Every rule is in the plan or in a refusal. */
export function compilePlan(policy: ResolvedPolicy, command: Command, facts: HostFacts): CompileResult {
  const refusals = [...findRefusals(policy, command.directory, facts), ...limitRefusals(policy.source, facts.user), ...argumentRefusals(command), ...commandRefusals(policy, command.argv)];
  if (refusals.length > 0) return { refusals };
  const { mounts, mountPoints } = planMounts(policy, command.directory, facts);
  const { source } = policy;
  return {
    plan: {
      version: 1,
      command: { argv: command.argv, directory: command.directory },
      environment: planEnvironment(facts.environment, source, policy.filesystem.disabled ? undefined : temporaryDirectory(facts.environment)),
      mounts,
      mountPoints,
      guards: planGuards(policy),
      seccomp: seccompRules({
        unixSockets: source.network.allowAllUnixSockets === true,
        nestedNamespaces: source.allowNestedUserNamespaces === true,
        watchReads: mounts.some((mount) => mount.kind === 'masked-directory' || mount.kind === 'masked-file' || mount.kind === 'empty-root') || policy.filesystem.rules.some((rule) => rule.list === 'denyRead' && rule.pattern.kind === 'glob'),
      }),
      network: planNetwork(policy),
      limits: planLimits(source),
      terminal: command.terminal,
    },
  };
}

export function argumentRefusals({ argv }: Command): Refusal[] {
  return argv.some((argument) => argument.includes('\0')) ? [{ code: 'nul-in-argument', message: 'an argument of the command has a NUL character in it' }] : [];
}
