import type { ContainerFacts, HostFacts } from '../../host/facts';
import type { ResolvedPolicy } from '../../policy';
import { compilePlan, type Command, type CompileResult, type PlannedFiles } from '../compile';
import { engineArguments } from './arguments';
import { callerEnvironment } from './environment';
import { engineMounts } from './mounts';
import { containerRefusals, pathRefusals, rootRefusals, volumePaths } from './refusals';
import type { ContainerSettings } from './settings';

/**
 * Pure: the plan of a command in a container. Filter, guards, limits and network are those of a native sandbox; the engine makes
 * the mounts. Every rule is in the plan or in a refusal.
 *
 * @param files of the same policy, directory and facts, if that was planned before
 */
export function compileContainerPlan(policy: ResolvedPolicy, command: Command, settings: ContainerSettings, facts: HostFacts & { readonly container: ContainerFacts }, files?: PlannedFiles): CompileResult {
  const { watchLibrary: _native, ...ofContainer } = facts; // its place is not in the image
  const compiled = compilePlan(policy, command, { ...ofContainer, environment: callerEnvironment(facts.environment, facts.container.image, policy) }, files);
  const volumes = volumePaths(policy, settings, facts);
  const shown = [...new Set([policy.context.base, command.directory, ...allowedByName(policy), ...volumes.paths])];
  const mounts = 'plan' in compiled ? engineMounts(compiled.plan.mounts, shown, policy, facts) : [];
  const refusals = [
    ...containerRefusals(policy.source, settings, facts),
    ...volumes.refusals,
    ...('plan' in compiled ? rootRefusals(compiled.plan) : compiled.refusals),
    ...pathRefusals(mounts),
  ];
  if (!('plan' in compiled) || refusals.length > 0) return { refusals };
  const { plan } = compiled;
  const { program, image } = facts.container;
  const terminal = command.terminal === 'inherit';
  const container = { program, arguments: engineArguments(mounts, settings, facts.container, terminal), image: image.id, terminal };
  return { plan: { ...plan, environment: { ...plan.environment, ...settings.values.env }, container } };
}

/** What of the host the policy names as readable: all else of it is not there. */
function allowedByName({ filesystem, network }: ResolvedPolicy): ResolvedPolicy['context']['base'][] {
  const read = filesystem.rules.flatMap(({ list, pattern, rule }) => (list === 'allowRead' && pattern.kind === 'literal' && rule.kind === 'policy' && pattern.path !== '/' ? [pattern.path] : []));
  return [...read, ...network.unixSockets.listed.map(({ path }) => path)];
}
