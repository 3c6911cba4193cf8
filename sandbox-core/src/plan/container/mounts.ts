import { ancestorsAndSelf, decide, parentPath, type AbsolutePath, type ResolvedPolicy } from '../../policy';
import type { HostFacts } from '../../host/facts';
import type { MountEntry } from '../plan';

/** Search only: a process may pass through to what is visible below, but not list. */
const PASSABLE = '0111';
const CLOSED = '0000';

/** Where pid 1 of the container is. */
export const HELPER_PATH = '/run/srt-helper' as AbsolutePath; // a normalized constant

/** The socket through which pid 1 reaches its session. Nobody listens there any more when the command starts. */
export const CHANNEL_PATH = '/run/srt-channel' as AbsolutePath; // as above

/** One mount as the engine makes it. Nothing is taken from the image but its root, read-only. */
export type EngineMount =
  | { readonly kind: 'bind'; readonly path: AbsolutePath; readonly source: AbsolutePath; readonly writable: boolean }
  | { readonly kind: 'mask'; readonly path: AbsolutePath; readonly passable: boolean };

/**
 * The plan's mounts on an image instead of on the host's root: what of the host is to be seen is mounted, at its own path,
 * and the rest of the host is not there.
 *
 * What a rule denies by its path is hidden in the image too. Patterns are the supervisor's there: nothing has been looked for
 * in the image.
 *
 * @param shown paths of the host that are seen, beside those that may be written
 */
export function engineMounts(mounts: readonly MountEntry[], shown: readonly AbsolutePath[], policy: ResolvedPolicy, facts: HostFacts): EngineMount[] {
  const made = new Map<AbsolutePath, EngineMount>();
  const add = (mount: EngineMount): void => void made.set(mount.path, mount);
  for (const mount of mounts) {
    const engineMount = toEngineMount(mount);
    if (engineMount && (mount.kind !== 'masked-directory' || isShown(mount.path, shown, mounts) || isNamed(mount.path, policy))) add(engineMount);
  }
  for (const path of shown) if (showsOnlyByName(path, made, policy, facts)) add({ kind: 'bind', path, source: path, writable: false });
  for (const path of deniedByName(policy)) if (!made.has(path) && !isShown(path, shown, mounts)) add({ kind: 'mask', path, passable: false });
  add({ kind: 'bind', path: HELPER_PATH, source: facts.helper, writable: false });
  return [...made.values()];
}

/** As the engine takes it: Docker's and Podman's `--mount`. Not recursive, as what is mounted below would stay writable. */
export function mountArguments(mount: EngineMount): string[] {
  if (mount.kind === 'mask') return ['--mount', `type=tmpfs,destination=${mount.path},tmpfs-mode=${mount.passable ? PASSABLE : CLOSED},tmpfs-size=4096,ro=true`];
  return ['--mount', `type=bind,source=${mount.source},destination=${mount.path},bind-nonrecursive=true${mount.writable ? '' : ',readonly'}`];
}

function toEngineMount(mount: MountEntry): EngineMount | undefined {
  switch (mount.kind) {
    case 'private':
      return { kind: 'bind', path: mount.path, source: mount.source, writable: true };
    case 'replaced-file':
    case 'masked-file':
      return { kind: 'bind', path: mount.path, source: mount.source, writable: false };
    case 'writable':
      return { kind: 'bind', path: mount.path, source: mount.path, writable: true };
    case 'read-only':
      return { kind: 'bind', path: mount.path, source: mount.path, writable: false };
    case 'pinned':
      return { kind: 'bind', path: mount.path, source: mount.path, writable: mount.writable };
    case 'masked-directory':
      return { kind: 'mask', path: mount.path, passable: mount.passable };
    // The image's, the engine's own, and what the engine does with a mask anyway; a link would only be a second name.
    case 'root':
    case 'empty-root':
    case 'devices':
    case 'processes':
    case 'sealed':
    case 'link':
      return undefined;
  }
}

/** Whether something of the host's is seen there, unless a rule hides it. */
function isShown(path: AbsolutePath, shown: readonly AbsolutePath[], mounts: readonly MountEntry[]): boolean {
  const around = new Set(ancestorsAndSelf(path));
  return shown.some((directory) => around.has(directory)) || mounts.some((mount) => (mount.kind === 'writable' || mount.kind === 'read-only') && around.has(mount.path));
}

function isNamed(path: AbsolutePath, policy: ResolvedPolicy): boolean {
  return deniedByName(policy).includes(path);
}

function deniedByName(policy: ResolvedPolicy): AbsolutePath[] {
  const named = policy.filesystem.rules.flatMap(({ list, pattern, rule }) => (list === 'denyRead' && pattern.kind === 'literal' && rule.kind === 'policy' && pattern.path !== '/' ? [pattern.path] : []));
  return named.filter((path) => decide(policy, { kind: 'read', path }).outcome === 'deny');
}

/** It is there, may be read, and no mount around it brings it along. */
function showsOnlyByName(path: AbsolutePath, made: ReadonlyMap<AbsolutePath, EngineMount>, policy: ResolvedPolicy, facts: HostFacts): boolean {
  if (facts.paths.get(path)?.kind === 'missing' || made.has(path) || decide(policy, { kind: 'read', path }).outcome === 'deny') return false;
  const around = ancestorsAndSelf(parentPath(path)).reverse().map((directory) => made.get(directory)).find((mount) => mount !== undefined);
  return !(around?.kind === 'bind' && around.source === around.path);
}
