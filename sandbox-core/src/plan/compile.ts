import { hasCommandRules, type AbsolutePath, type ResolvedPolicy } from '../policy';
import type { HostFacts } from '../host/facts';
import { commandRefusals } from './command-refusals';
import { planEnvironment, temporaryDirectory } from './environment';
import { planGuards, withGuardsForUnmade } from './guards';
import { limitRefusals, planCgroup, planLimits, type CommandLimits } from './limits';
import { withGuardsInLayers } from './layers';
import { mountCountRefusals } from './mount-count';
import { planMounts, type MountPlan } from './mounts';
import { planNetwork } from './network';
import type { LaunchPlan, Refusal } from './plan';
import { findRefusals } from './refusals';
import { seccompRules, type SeccompOptions, type SeccompRule } from './seccomp';
import { unspeakableRefusals } from './unspeakable';
import { preloading, watchedPaths, watchLibraryMounts } from './watch';

/** A command to be run: its arguments (no shell in between), where, and with which terminal. */
export interface Command {
  readonly argv: readonly string[];
  readonly directory: AbsolutePath;
  readonly terminal: 'inherit' | 'none';
  /** Tighter than the policy's. */
  readonly limits?: CommandLimits;
  /** The engine chose these words itself, so the policy's command rules are not asked about them. */
  readonly isOwn?: boolean;
}

export type CompileResult = { readonly plan: LaunchPlan } | { readonly refusals: readonly Refusal[] };

/**
 * What of a plan is the same for every command that starts in the same directory: most of it, and the costliest.
 *
 * @property filterFor the filter, depending on what it has to ask about beside files
 */
export type PlannedFiles = { readonly refusals: readonly Refusal[] } | ({ readonly refusals?: never; readonly filterFor: (asks: FilterAsks) => readonly SeccompRule[] } & MountPlan & Pick<LaunchPlan, 'guards'>);

/** @property opens that fail at a limit are reported, whatever they are for */
type FilterAsks = Required<Pick<SeccompOptions, 'execs' | 'starts'>> & { readonly opens: boolean };

export function planFiles(written: ResolvedPolicy, directory: AbsolutePath, facts: HostFacts): PlannedFiles {
  const inLayers = withGuardsInLayers(written, facts.throwaway);
  const refusals = [...findRefusals(inLayers, directory, facts), ...unspeakableRefusals(facts)];
  if (refusals.length > 0) return { refusals };
  const wanted = planMounts(inLayers, directory, facts);
  const policy = withGuardsForUnmade(inLayers, wanted.mountPoints, facts);
  const planned = policy === inLayers ? wanted : planMounts(policy, directory, facts);
  const tooMany = mountCountRefusals(planned.mounts, facts.makesMounts);
  if (tooMany.length > 0) return { refusals: tooMany };
  const guards = planGuards(policy);
  const library = facts.watchLibrary === undefined || facts.container ? [] : watchLibraryMounts(facts.watchLibrary);
  return { ...planned, mounts: [...planned.mounts, ...library], guards, filterFor: planFilters(policy, planned, guards) };
}

/** Each of them made once. */
function planFilters({ source, filesystem }: ResolvedPolicy, { mounts }: MountPlan, guards: LaunchPlan['guards']): (asks: FilterAsks) => readonly SeccompRule[] {
  const made = new Map<string, readonly SeccompRule[]>();
  const paths = watchedPaths(mounts, guards, filesystem.rules);
  return ({ opens, ...asks }) => {
    const key = `${asks.execs} ${asks.starts} ${opens}`;
    const rules = made.get(key) ?? seccompRules({ unixSockets: source.network.allowAllUnixSockets === true, nestedNamespaces: source.allowNestedUserNamespaces === true, performs: guards.performs, paths: { ...paths, reads: paths.reads || opens }, ...asks });
    made.set(key, rules);
    return rules;
  };
}

/**
 * Pure: the same policy, command and facts give the same plan. Every rule is in the plan or in a refusal.
 *
 * @param files of the same policy, directory and facts, if that was planned before
 */
export function compilePlan(policy: ResolvedPolicy, command: Command, facts: HostFacts, files: PlannedFiles = planFiles(policy, command.directory, facts)): CompileResult {
  const refusals = [...(files.refusals ?? []), ...limitRefusals(policy.source, command.limits ?? {}, facts), ...argumentRefusals(command), ...(command.isOwn === true ? [] : commandRefusals(policy, command.argv))];
  if (files.refusals || refusals.length > 0) return { refusals };
  const { mountPoints, guards } = files;
  const { source } = policy;
  const execs = command.isOwn !== true && hasCommandRules(source);
  const held = planCgroup(planLimits(source, command.limits), facts.cgroup);
  const isLimited = (limit: string): boolean => held.limits.some(({ name }) => name === limit);
  const environment = planEnvironment(facts.environment, source, policy.filesystem.disabled ? undefined : temporaryDirectory(facts.environment));
  return {
    plan: {
      version: 1,
      command: { argv: command.argv, directory: command.directory },
      environment: facts.watchLibrary === undefined ? environment : preloading(environment),
      mounts: files.mounts,
      mountPoints,
      guards,
      programs: execs ? 'judged' : 'watched',
      seccomp: files.filterFor({ execs, starts: isLimited('processes'), opens: isLimited('open-files') }),
      network: planNetwork(policy),
      ...held,
      terminal: command.terminal,
      ...(facts.throwaway && { throwaway: facts.throwaway }),
    },
  };
}

/** A program is given what stands before a NUL: it would start elsewhere, or do something else. */
export function argumentRefusals({ argv, directory }: Command): Refusal[] {
  const holder = argv.some((argument) => argument.includes('\0')) ? 'an argument of the command' : directory.includes('\0') ? 'the working directory' : undefined;
  return holder === undefined ? [] : [{ code: 'nul-in-argument', message: `${holder} has a NUL character in it` }];
}
