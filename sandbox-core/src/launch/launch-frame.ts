import type { HostFacts } from '../host/facts';
import { bubblewrapArguments, bubblewrapGround, showsOuterProcesses } from '../plan/bubblewrap';
import { helperMounts } from '../plan/helper-mounts';
import { turnsFile } from '../host/session-directory';
import type { LaunchPlan } from '../plan/plan';
import type { AbsolutePath } from '../policy';
import type { CommandCgroup } from './command-cgroup';
import { encodeFrame, joinStrings } from './frame';
import type { PodIdentity } from './pod';
import { assembleSeccomp } from './seccomp-bpf';

/** What takes long to be put into bytes, and is the same for many commands. */
export interface LaunchParts {
  /** The plan's `seccomp`, assembled. */
  readonly filter: Buffer;
  /** The plan's `mounts` for the helper: native/src/mounts.h. */
  readonly mounts: Buffer;
}

export function launchParts({ seccomp, mounts }: Pick<LaunchPlan, 'seccomp' | 'mounts'>, { architecture }: Pick<HostFacts, 'architecture'>): LaunchParts {
  return { filter: assembleSeccomp(seccomp, architecture === 'arm64' ? 'arm64' : 'x64'), mounts: Buffer.concat(mountFrames(mounts)) }; // others were refused
}

export interface LaunchFrameOptions {
  readonly plan: LaunchPlan;
  readonly parts: LaunchParts;
  readonly facts: Pick<HostFacts, 'bubblewrap' | 'makesMounts'>;
  readonly pod: PodIdentity;
  readonly nestedNamespaces: boolean;
  readonly cgroup?: CommandCgroup | undefined;
  readonly sessionDirectory: AbsolutePath;
}

/** The plan as `srt-helper run` takes it: native/src/run.h, native/src/init.h. */
export function launchFrame({ plan, parts, facts, pod, nestedNamespaces, cgroup, sessionDirectory }: LaunchFrameOptions): Buffer {
  const bubblewrap = facts.makesMounts ? bubblewrapGround(plan) : bubblewrapArguments(plan, { nestedNamespaces });
  const settings = Buffer.concat([placeSettings(plan, parts, { makesMounts: facts.makesMounts, nestedNamespaces }), commandSettings(plan)]);
  return encodeFrame('launch', facts.bubblewrap, pod.pid, pod.userNamespace, pod.networkNamespace, joinStrings(bubblewrap), settings, ...throwaway(plan), cgroup?.members ?? '', turnsFile(sessionDirectory));
}

function throwaway({ throwaway: { layers, kept } = { layers: [], kept: [] } }: LaunchPlan): Buffer[] {
  return [joinStrings(layers.flatMap(({ directory, upper, work }) => [directory, upper, work])), joinStrings(kept)];
}

/** Texts with a NUL at their end. */
function mountFrames(mounts: LaunchPlan['mounts']): Buffer[] {
  return helperMounts(mounts).map(([kind, ...values]) => encodeFrame(String(kind), ...values.map((value) => (typeof value === 'string' ? `${value}\0` : value))));
}

/** What pid 1 is told, whoever makes its mounts: native/src/init.h. */
export function initSettings(plan: LaunchPlan, parts: Pick<LaunchParts, 'filter'>): Buffer {
  return Buffer.concat([commandSettings(plan), surroundings(plan, parts)]);
}

/** All but the words of the command, and its variables. */
export function placeSettings(plan: LaunchPlan, parts: LaunchParts, { makesMounts, nestedNamespaces }: { readonly makesMounts: boolean; readonly nestedNamespaces: boolean }): Buffer {
  return Buffer.concat([...(makesMounts && nestedNamespaces ? [encodeFrame('nested-namespaces')] : []), ...(makesMounts ? [parts.mounts] : []), surroundings(plan, parts)]);
}

function commandSettings({ command, environment }: LaunchPlan): Buffer {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return Buffer.concat([encodeFrame('argv', joinStrings(command.argv)), encodeFrame('environment', joinStrings(variables))]);
}

function surroundings(plan: LaunchPlan, { filter }: Pick<LaunchParts, 'filter'>): Buffer {
  const masked = plan.mounts.flatMap((mount) => (mount.kind === 'masked-file' || mount.kind === 'masked-directory' ? [mount.path] : mount.kind === 'empty-root' ? ['/'] : []));
  return Buffer.concat([
    encodeFrame('directory', joinStrings([plan.command.directory])),
    encodeFrame('filter', filter),
    encodeFrame('masked', joinStrings(masked)),
    encodeFrame('performs', plan.guards.performs),
    encodeFrame('guarded', joinStrings(plan.guards.names), joinStrings(plan.guards.patterns), joinStrings(plan.guards.links)),
    ...(plan.programs === 'watched' ? [encodeFrame('only-watches-programs')] : []),
    plan.network.unixSockets === 'any' ? encodeFrame('any-unix-socket') : encodeFrame('unix-sockets', joinStrings(plan.network.unixSockets)),
    ...(showsOuterProcesses(plan) ? [encodeFrame('outer-processes')] : []),
    ...plan.limits.map(({ name, value }) => encodeFrame('limit', name, value)),
  ]);
}
