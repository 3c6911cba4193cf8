import { decide, describePointer, printable, toPointer, type AbsolutePath, type Policy, type PolicyPointer, type ResolvedPolicy } from '../../policy';
import type { HostFacts } from '../../host/facts';
import type { Command } from '../compile';
import type { LaunchPlan, Refusal } from '../plan';
import type { EngineMount } from './mounts';
import type { ContainerSettings } from './settings';

/** Characters that have a meaning in the engine's `--mount`. */
const UNSAFE = /[,"'=\n\r\\]/;

/** What a container of this kind cannot hold, by name. */
export function containerRefusals(policy: Policy, command: Command, settings: ContainerSettings, facts: HostFacts): Refusal[] {
  const { values, pointer } = settings;
  return [
    ...(policy.container && policy.docker ? [{ code: 'conflicting-keys', pointer: toPointer(['docker']), message: 'container and docker are two names of the same key; remove one' } as const] : []),
    ...engineRefusals(settings, facts.user),
    ...(policy.allowNestedUserNamespaces === true ? [refusal(toPointer(['allowNestedUserNamespaces']), 'allowNestedUserNamespaces cannot be granted in a container; remove it, or use mode "native"')] : []),
    ...(policy.broker ? [refusal(toPointer(['broker']), 'broker does not reach into a container; remove it, or use mode "native"')] : []),
    ...(facts.throwaway ? [refusal(pointer(), 'directories whose changes are thrown away cannot be had in a container; use mode "native"')] : []),
    ...(command.terminal === 'inherit' ? [refusal(pointer(), 'a command in a container gets no terminal; run it without one, or use mode "native"')] : []),
    ...(values.networkMode === 'none' && (policy.network.publish ?? []).length > 0 ? [refusal(toPointer(['network', 'publish']), `network.publish needs a network, and ${settings.key}.networkMode is "none"; remove one`)] : []),
  ];
}

/** Before the engine is asked for anything. */
export function engineRefusals({ key, values, pointer }: ContainerSettings, user: number): Refusal[] {
  const { engine = 'podman', runtime } = values;
  return [
    ...(engine === 'docker' ? [refusal(pointer('engine'), `${key}.engine: Docker cannot hand descriptors to a container, so nothing in it could be supervised; install Podman, and remove the key`)] : []),
    ...(runtime === 'runsc' ? [refusal(pointer('runtime'), `${key}.runtime: gVisor (runsc) reports no system calls to a supervisor; use crun or runc`)] : []),
    ...(user === 0 ? [] : [refusal(pointer(), `${key}: only root's Podman can join the policy's network; run srt as root, or use mode "native"`)]),
  ];
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
