import { decide, describePointer, printable, toPointer, type AbsolutePath, type Policy, type PolicyPointer, type ResolvedPolicy } from '../../policy';
import type { ContainerFacts, Controller, EngineKind, HostFacts } from '../../host/facts';
import type { LaunchPlan, Refusal } from '../plan';
import type { EngineMount } from './mounts';
import type { ContainerSettings } from './settings';

/** Characters that have a meaning in the engine's `--mount`. */
const UNSAFE = /[,"'=\n\r\\]/;

/** What a container of this kind cannot hold, by name. */
export function containerRefusals(policy: Policy, settings: ContainerSettings, facts: HostFacts & { readonly container: ContainerFacts }): Refusal[] {
  const { values, pointer } = settings;
  return [
    ...(policy.container && policy.docker ? [{ code: 'conflicting-keys', pointer: toPointer(['docker']), message: 'container and docker are two names of the same key; remove one' } as const] : []),
    ...engineRefusals(settings, facts.container.engine, facts),
    ...imageRefusals(settings, facts.container),
    ...limitRefusals(settings, facts.container),
    ...(policy.allowNestedUserNamespaces === true ? [refusal(toPointer(['allowNestedUserNamespaces']), 'allowNestedUserNamespaces cannot be granted in a container; remove it, or use mode "native"')] : []),
    ...(policy.broker ? [refusal(toPointer(['broker']), 'broker does not reach into a container; remove it, or use mode "native"')] : []),
    ...(facts.throwaway ? [refusal(pointer(), 'directories whose changes are thrown away cannot be had in a container; use mode "native"')] : []),
    ...(values.networkMode === 'none' && (policy.network.publish ?? []).length > 0 ? [refusal(toPointer(['network', 'publish']), `network.publish needs a network, and ${settings.key}.networkMode is "none"; remove one`)] : []),
  ];
}

/** Before the engine is asked for anything. */
export function engineRefusals({ key, values, pointer }: ContainerSettings, engine: EngineKind, { user, environment }: Pick<HostFacts, 'user' | 'environment'>): Refusal[] {
  const daemon = environment['DOCKER_HOST'] ?? '';
  return [
    ...(engine === 'docker' && user !== 0 ? [refusal(values.engine === 'docker' ? pointer('engine') : pointer(), `${key}: only root can join the policy's network to Docker's containers; install Podman, which works for ordinary users (apt install podman uidmap), or run srt as root`)] : []),
    ...(engine === 'docker' && !/^(unix:\/\/.*)?$/.test(daemon) ? [refusal(pointer(), `${key}: DOCKER_HOST leads to another machine, where the policy's files and network are not; use an engine of this machine`)] : []),
    ...(values.runtime === 'runsc' ? [refusal(pointer('runtime'), `${key}.runtime: gVisor (runsc) reports no system calls to a supervisor, so neither host names nor paths would be held, and no refusal reported; use crun (apt install crun) or runc, or leave the key out`)] : []),
  ];
}

/** Docker cannot be told to leave them out. */
function imageRefusals({ key, values, pointer }: ContainerSettings, { engine, image }: ContainerFacts): Refusal[] {
  if (engine !== 'docker' || image.volumes.length === 0) return [];
  return [refusal(pointer('image'), `${key}.image: ${values.image} asks for volumes (${image.volumes.map((path) => printable(path, 100)).join(', ')}), which Docker would make writable; use Podman, or an image without VOLUME`)];
}

const CONTROLLERS = { cpuLimit: 'cpu', memoryLimit: 'memory', pidsLimit: 'pids' } as const satisfies Partial<Record<keyof ContainerSettings['values'], Controller>>;

/** Engines leave out a limit that they cannot hold, with a warning. */
function limitRefusals({ key, values, pointer }: ContainerSettings, { engine, limits }: ContainerFacts): Refusal[] {
  return (Object.keys(CONTROLLERS) as (keyof typeof CONTROLLERS)[]).flatMap((limit) => {
    if (values[limit] === undefined || limits?.controllers.includes(CONTROLLERS[limit]) === true) return [];
    return [{ code: 'limit-not-held', pointer: pointer(limit), message: `${key}.${limit} cannot be held: ${engine} has no cgroup controller "${CONTROLLERS[limit]}" here; ${limits?.instead ?? 'ask the administrator for it'}, or remove the limit (limits.* are held without cgroups)` } as const];
  });
}

/** What the rules make of the root. */
export function rootRefusals(plan: LaunchPlan): Refusal[] {
  return plan.mounts.flatMap((mount): Refusal[] => {
    const rule = 'rule' in mount && mount.rule.kind === 'policy' ? mount.rule : undefined;
    const told = { code: 'not-expressible' as const, ...(rule && { pointer: rule.pointer as PolicyPointer }) }; // set at parse
    if (mount.kind === 'root' && mount.writable) return [{ ...told, message: 'in a container "/" is the root of its image, which is not written; name the directories in filesystem.allowWrite' }];
    return mount.kind === 'empty-root' ? [{ ...told, message: 'in a container "/" is the root of its image, and the host is not seen anyway; take "/" out of filesystem.denyRead (and defaultRead)' }] : [];
  });
}

/** A comma in a path would end it, and begin an option of the mount. */
export function pathRefusals(mounts: readonly EngineMount[]): Refusal[] {
  const paths = mounts.flatMap((mount) => (mount.kind === 'bind' ? [mount.path, mount.source] : [mount.path]));
  return [...new Set(paths)].filter((path) => UNSAFE.test(path)).map((path) => ({ code: 'not-expressible', message: `${printable(path, 200)} cannot be named to a container engine, because of the characters in it; rename it, or use mode "native"` }));
}

/** The paths of the volumes, all of which hold to the policy, or the refusals. */
export function volumePaths(policy: ResolvedPolicy, { values, pointer }: ContainerSettings, facts: Pick<HostFacts, 'paths'>): { readonly paths: readonly AbsolutePath[]; readonly refusals: readonly Refusal[] } {
  const judged = (values.volumes ?? []).map((volume, index) => {
    const message = volumeProblem(volume, policy, facts);
    const at = pointer('volumes', index);
    return message === undefined ? (volume.split(':')[0] as AbsolutePath) : refusal(at, `${describePointer(at)}: ${message}`); // volumeProblem has looked at it
  });
  return { paths: judged.filter((found) => typeof found === 'string'), refusals: judged.filter((found) => typeof found !== 'string') };
}

function volumeProblem(volume: string, policy: ResolvedPolicy, { paths }: Pick<HostFacts, 'paths'>): string | undefined {
  const [source = '', destination, access, ...rest] = volume.split(':');
  const isWellFormed = /^\/([^/]+\/)*[^/]+$/.test(source) && !source.split('/').some((part) => part === '.' || part === '..') && rest.length === 0 && [undefined, 'ro', 'rw'].includes(access);
  if (!isWellFormed || destination === undefined) return `expected "/path:/path" or "/path:/path:ro", got "${printable(volume, 200)}"`;
  if (source !== destination) return `"${printable(source, 200)}" has to have the same path in the container, so that the rules for it hold there`;
  const path = source as AbsolutePath; // as checked above
  const fact = paths.get(path);
  if (fact === undefined || fact.kind === 'missing') return `there is nothing at "${printable(path, 200)}"`;
  if (fact.canonical !== path) return `"${printable(path, 200)}" leads through a symbolic link to ${printable(fact.canonical, 200)}; name that, so that the rules for it hold`;
  if (decide(policy, { kind: 'read', path }).outcome === 'deny') return `"${printable(path, 200)}" may not be read; add it to filesystem.allowRead, or remove the volume`;
  const isWritten = decide(policy, { kind: 'write', path }).outcome === 'allow';
  if (access === 'rw' && !isWritten) return `"${printable(path, 200)}" may not be written; add it to filesystem.allowWrite, or add ":ro"`;
  return access === 'ro' && isWritten ? `"${printable(path, 200)}" may be written; take it out of filesystem.allowWrite, or remove ":ro"` : undefined;
}

function refusal(pointer: PolicyPointer, message: string): Refusal {
  return { code: 'not-expressible', pointer, message };
}
