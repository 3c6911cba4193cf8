import { containsPath, pathDepth, type AbsolutePath } from './absolute-path';
import { decide, type Decision, type PolicyRequest } from './decide';
import type { ResolvedPolicy } from './resolve';
import type { PathList } from './rules/entries';
import type { PolicyPlatform } from './schema';

/** Where a sandbox on Linux gets a directory of its own instead of the host's. */
export const PRIVATE_DIRECTORY = '/tmp' as AbsolutePath; // a normalized constant
const DEVICES = '/dev' as AbsolutePath; // a normalized constant

/**
 * The sandbox's own /tmp: there whatever is denied above it, except where a rule names something of the host's in it.
 *
 * @param inView directories that are seen as they are on the host wherever they lie: those that commands start in
 */
export function isPrivate(policy: ResolvedPolicy, path: AbsolutePath, inView: readonly AbsolutePath[]): boolean {
  return containsPath(PRIVATE_DIRECTORY, path) && !isNamed(policy, PRIVATE_DIRECTORY, path, ['allowRead', 'denyRead', 'denyWrite']) && !inView.some((directory) => containsPath(directory, path));
}

/** Whether a rule at or below the directory is about the host's files there. */
function isNamed(policy: ResolvedPolicy, directory: AbsolutePath, path: AbsolutePath, lists: readonly PathList[]): boolean {
  return lists.some((list) => policy.filesystem.index.matches(list, path).some((match) => match.depth >= pathDepth(directory)));
}

/** What `decide` says of a path, except where the sandbox has something of its own, which it may read and write. */
export function decideInSandbox(policy: ResolvedPolicy, request: PolicyRequest, platform: PolicyPlatform): Decision {
  const isPath = request.kind === 'read' || request.kind === 'write';
  return (isPath ? ownPlace(policy, request.path, platform) : undefined) ?? decide(policy, request);
}

/** Whether nothing of the host is at this path: a link that lies there on the host leads nowhere inside. */
export function isOwnPlace(policy: ResolvedPolicy, path: AbsolutePath, platform: PolicyPlatform): boolean {
  return ownPlace(policy, path, platform) !== undefined;
}

function ownPlace(policy: ResolvedPolicy, path: AbsolutePath, platform: PolicyPlatform): Decision | undefined {
  if (platform !== 'linux' || policy.filesystem.disabled) return undefined;
  if (containsPath(DEVICES, path)) return isNamed(policy, DEVICES, path, ['allowWrite', 'denyRead', 'denyWrite']) ? undefined : own('own-devices', '/dev is the sandbox\'s own: the usual devices, and a /dev/shm that is empty at first');
  if (!isPrivate(policy, path, [policy.context.base]) || decide(policy, { kind: 'write', path }).outcome === 'allow') return undefined;
  return own('own-tmp', '/tmp is the sandbox\'s own: empty at first, with nothing of the host in it');
}

function own(name: string, reason: string): Decision {
  return { outcome: 'allow', rule: { kind: 'built-in', name }, reason, overridden: [] };
}
