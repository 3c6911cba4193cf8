import { PolicyRefusedError, startFailed } from '../errors';
import { findDelegatedCgroup } from '../host/delegated-cgroup';
import type { HostFacts, PlannedLayers, ProcessesShown, TrustFacts } from '../host/facts';
import type { Host } from '../host/host';
import { probePaths } from '../host/path-facts';
import type { FollowedPolicy, PolicyOnHost } from '../host/resolve-policy';
import { compilePlan, planFiles, type PlannedFiles } from '../plan/compile';
import { areCounted, type CommandLimits } from '../plan/limits';
import type { LaunchPlan } from '../plan/plan';
import { absolutePath, printable, type AbsolutePath, type ResolvedPolicy } from '../policy';
import { compileContainerPlan } from '../plan/container/compile';
import type { ContainerEngine } from './container/engine';
import type { ContainerNetwork } from './container/network';
import type { ContainerLaunch } from './container/process';
import { makeCommandCgroup, type CommandCgroup } from './command-cgroup';
import { initSettings, launchFrame, launchParts, type LaunchParts } from './launch-frame';
import type { MountPointJournal } from './mount-points';
import type { PodIdentity } from './pod';
import type { StandIns } from './stand-ins';

/** A plan is made again only while other sessions start or end in the same place. */
const MAX_ATTEMPTS = 20;

/** What of a command decides its launch. */
export interface PlannableCommand {
  readonly argv: readonly string[];
  readonly directory: AbsolutePath;
  /** Whether the command keeps the caller's terminal; without, it has no controlling terminal. */
  readonly terminal: 'inherit' | 'none';
  /** The caller's environment; what leads out of the sandbox is taken out of it. The host's unless given. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Tighter than the policy's. */
  readonly limits?: CommandLimits;
  /** The engine chose these words itself, so the policy's command rules are not asked about them. */
  readonly isOwn?: boolean;
}

/** @property task shown beside violations */
export interface WrappableCommand extends Pick<PlannableCommand, 'argv' | 'directory' | 'environment'> {
  readonly task: string;
}

/** @property environment what the process has to be started with; the caller's if it is absent */
export interface WrappedCommand {
  readonly argv: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * @property policy that its mounts and names are held by: as it was when this command was prepared
 * @property cgroup to be closed after the command, whatever became of it
 */
export interface PreparedCommand {
  readonly launch: Buffer;
  readonly policy: ResolvedPolicy;
  readonly cgroup: CommandCgroup | undefined;
}

export interface CommandPreparer {
  /** Throws a PolicyRefusedError if a rule cannot be enforced. */
  plan(command: PlannableCommand): Promise<LaunchPlan>;
  /** The launch frame, with everything in place that it needs on the host. */
  prepare(command: PlannableCommand): Promise<PreparedCommand>;
  /** The same for a command in a container. */
  prepareContainer(command: PlannableCommand, engine: ContainerEngine): Promise<ContainerLaunch>;
}

export interface CommandPreparerOptions {
  readonly host: Host;
  readonly policy: FollowedPolicy;
  readonly bubblewrap: AbsolutePath;
  readonly helper: AbsolutePath;
  readonly watchLibrary: AbsolutePath | undefined;
  readonly sessionDirectory: AbsolutePath;
  readonly sessionsDirectory: AbsolutePath;
  readonly pod: PodIdentity;
  /** By the helper: native/src/mounts.h. */
  readonly makesMounts: boolean;
  readonly shown?: HostFacts['shown'];
  readonly processes: ProcessesShown;
  readonly journal: MountPointJournal;
  readonly standIns: StandIns;
  readonly trust?: TrustFacts | undefined;
  readonly throwaway?: PlannedLayers | undefined;
  /** Where commands run in containers. */
  readonly engine?: ContainerEngine | undefined;
  /** There if the engine is. */
  readonly network?: ContainerNetwork | undefined;
  readonly podWords: readonly string[];
  readonly launched?: ((launch: PlannedLaunch) => void) | undefined;
}

/** How a command is launched, in its parts. */
export interface PlannedLaunch {
  readonly plan: LaunchPlan;
  readonly parts: LaunchParts;
  readonly facts: HostFacts;
  readonly policy: ResolvedPolicy;
  readonly nestedNamespaces: boolean;
  /** What started the pod. */
  readonly podWords: readonly string[];
}

export function createCommandPreparer(options: CommandPreparerOptions): CommandPreparer {
  const filesFor = rememberFiles();
  const partsOf = rememberParts();
  return {
    plan: async (command) => (await compile(command, options, filesFor)).plan,
    async prepare(command) {
      const { plan, facts, onHost } = await compileUntilHeld(command, options, filesFor);
      const nestedNamespaces = onHost.policy.source.allowNestedUserNamespaces === true;
      const cgroup = plan.cgroup && makeCommandCgroup(plan.cgroup, options.sessionDirectory);
      const parts = partsOf(plan, facts);
      options.launched?.({ plan, parts, facts, policy: onHost.policy, nestedNamespaces, podWords: options.podWords });
      return { launch: launchFrame({ plan, parts, facts, pod: options.pod, nestedNamespaces, cgroup, sessionDirectory: options.sessionDirectory }), policy: onHost.policy, cgroup };
    },
    async prepareContainer(command, { environment }) {
      const { plan, facts, onHost } = await compileUntilHeld(command, options, filesFor);
      if (!plan.container) throw startFailed('the plan is not one for a container');
      return { container: plan.container, settings: initSettings(plan, partsOf(plan, facts)), policy: onHost.policy, environment, sessionDirectory: options.sessionDirectory };
    },
  };
}

/** Other sessions in the same place make and remove mount points meanwhile. */
async function compileUntilHeld(command: PlannableCommand, options: CommandPreparerOptions, filesFor: FilesFor): Promise<Compiled> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const compiled = await compile(command, options, filesFor);
    if (await options.journal.prepare(compiled.plan.mountPoints)) return compiled;
  }
  throw startFailed('the files that it protects keep appearing and disappearing');
}

interface Compiled {
  readonly plan: LaunchPlan;
  readonly facts: HostFacts;
  readonly onHost: PolicyOnHost;
}

type FilesFor = (onHost: PolicyOnHost, directory: AbsolutePath, facts: HostFacts) => PlannedFiles;

/** As long as a look at the disk finds the same, commands in the same directory share what was planned for its files. */
function rememberFiles(): FilesFor {
  let last: { readonly onHost: PolicyOnHost; readonly key: string; readonly files: PlannedFiles } | undefined;
  return (onHost, directory, facts) => {
    // A masked file whose secret changed has another stand-in.
    const key = JSON.stringify([directory, ...(facts.maskedFiles ?? [])]);
    if (last?.onHost !== onHost || last.key !== key) last = { onHost, key, files: planFiles(onHost.policy, directory, facts) };
    return last.files;
  };
}

/** Plans of commands in the same directory share their mounts and filter, and so what these become in bytes. */
function rememberParts(): (plan: LaunchPlan, facts: HostFacts) => LaunchParts {
  let last: { readonly seccomp: LaunchPlan['seccomp']; readonly mounts: LaunchPlan['mounts']; readonly parts: LaunchParts } | undefined;
  return ({ seccomp, mounts }, facts) => {
    if (last?.seccomp !== seccomp || last.mounts !== mounts) last = { seccomp, mounts, parts: launchParts({ seccomp, mounts }, facts) };
    return last.parts;
  };
}

/** Looks at the disk again for each command: what an earlier one made, or the user did meanwhile, is in the plan. */
async function compile(command: PlannableCommand, options: CommandPreparerOptions, filesFor: FilesFor): Promise<Compiled> {
  const probed = await probePaths([command.directory, ...volumesOf(options)]);
  const { canonical: directory = command.directory, kind } = probed.get(command.directory) ?? {};
  if (kind === 'missing' && directory.includes('\ufffd')) throw startFailed(`expected a working directory whose path is UTF-8, found ${printable(directory, 200)}: rename what is not, or start elsewhere`);
  const onHost = await options.policy.look();
  const cgroup = !options.engine && areCounted(onHost.policy.source, command.limits) ? findDelegatedCgroup(options.host) : undefined;
  const facts = { ...factsFor(command, { ...onHost, paths: options.engine ? new Map([...onHost.paths, ...probed]) : onHost.paths }, options), ...(cgroup && { cgroup }) };
  const planned = { argv: command.argv, directory, terminal: command.terminal, ...(command.limits && { limits: command.limits }), ...(command.isOwn === true && { isOwn: true }) };
  const files = filesFor(onHost, directory, facts);
  const { container } = facts;
  const compiled = options.engine && container ? compileContainerPlan(onHost.policy, planned, options.engine.settings, { ...facts, container }, files) : compilePlan(onHost.policy, planned, facts, files);
  if ('refusals' in compiled) throw new PolicyRefusedError(compiled.refusals);
  return { plan: compiled.plan, facts, onHost };
}

/** The host's side of each, as far as it is one: plan/container/refusals.ts looks closer. */
function volumesOf({ engine }: CommandPreparerOptions): AbsolutePath[] {
  return (engine?.settings.values.volumes ?? []).flatMap((volume) => (volume.startsWith('/') ? [absolutePath(volume.split(':')[0] ?? volume)] : []));
}

function factsFor(command: PlannableCommand, { paths, found, incomplete, unspeakable }: PolicyOnHost, { host, bubblewrap, helper, watchLibrary, sessionDirectory, sessionsDirectory, makesMounts, processes, standIns, trust, throwaway, shown, engine, network, pod }: CommandPreparerOptions): HostFacts {
  return {
    platform: host.platform,
    architecture: host.architecture,
    user: host.user,
    bubblewrap,
    helper,
    ...(watchLibrary && { watchLibrary }),
    sessionDirectory,
    sessionsDirectory,
    makesMounts,
    processes,
    ...(host.resolverFile && { resolverFile: host.resolverFile }),
    environment: standIns.environment(command.environment ?? host.environment),
    paths,
    found,
    incomplete,
    unspeakable,
    ...(trust && { trust }),
    maskedFiles: standIns.files(paths),
    ...(throwaway && { throwaway }),
    ...(shown && { shown }),
    ...(engine && { container: { engine: engine.kind, program: engine.program, image: engine.image, network: network?.nameFor(pod) ?? 'none', ...(engine.limits && { limits: engine.limits }) } }),
  };
}
