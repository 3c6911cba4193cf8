import { ancestorsAndSelf, describePointer, parentPath, printable, ROOT_DIRECTORY, type AbsolutePath } from '../policy';
import type { MountEntry } from './plan';

/** Search only: a process may pass through to what is visible below, but not list. */
const PASSABLE = 0o111;
const CLOSED = 0;

/** Shown where a mount fails. */
const MAX_ORIGIN = 300;

/** One mount as the helper takes it, native/src/mounts.h: words, and a mode. */
export type HelperMount = readonly (string | number)[];

/** What of a directory is seen: the host's, or something of the sandbox's own, in which what is mounted on may have to be made. */
type Ground = 'host' | 'own';

/** The plan's mounts for the helper, in the same order, those that change nothing left out. */
export function helperMounts(mounts: readonly MountEntry[]): HelperMount[] {
  const grounds = new Map<AbsolutePath, Ground>();
  const passed = new Set(mounts.flatMap((mount) => ancestorsAndSelf(pathOf(mount)).slice(0, -1)));
  return mounts.flatMap((mount) => {
    const path = pathOf(mount);
    const place = placeOf(path, grounds);
    if (mount.kind !== 'sealed' && mount.kind !== 'link') grounds.set(path, groundOf(mount));
    return helperMount(mount, place, (directory) => passed.has(directory));
  });
}

function helperMount(mount: MountEntry, place: 'there' | 'made', isPassed: (path: AbsolutePath) => boolean): HelperMount[] {
  const path = pathOf(mount);
  const origin = originOf(mount);
  switch (mount.kind) {
    case 'root':
    case 'writable':
    case 'read-only':
    case 'pinned':
      return [['mount', path, place, path, isWritable(mount) ? 'writable' : 'read-only', origin]];
    case 'private':
      return [['mount', path, place, mount.source, 'writable', origin]];
    case 'replaced-file':
    case 'masked-file':
      return [['mount', path, place, mount.source, 'read-only', origin]];
    case 'empty-root':
      return [['own-directory', path, place, PASSABLE, origin]];
    case 'masked-directory':
      if (!mount.passable && !isPassed(path)) return [['mask', path, place, origin]];
      return [['own-directory', path, place, mount.passable ? PASSABLE : CLOSED, origin]];
    case 'sealed':
      return path === ROOT_DIRECTORY || isPassed(path) ? [['seal', path, origin]] : [];
    case 'link':
      return [['own-link', path, mount.target, origin]];
    case 'processes':
      return mount.outer === true ? [['mount', path, place, path, 'read-only', origin]] : [['sandbox', path, place, origin]];
    case 'devices':
      return [['devices', path, place, origin]];
  }
}

function pathOf(mount: MountEntry): AbsolutePath {
  if ('path' in mount) return mount.path;
  return (mount.kind === 'devices' ? '/dev' : mount.kind === 'processes' ? '/proc' : '/') as AbsolutePath; // normalized constants
}

function isWritable(mount: MountEntry): boolean {
  return mount.kind === 'writable' || ((mount.kind === 'root' || mount.kind === 'pinned') && mount.writable);
}

function groundOf({ kind }: MountEntry): Ground {
  return kind === 'empty-root' || kind === 'masked-directory' || kind === 'private' || kind === 'devices' ? 'own' : 'host';
}

/** On the host, everything that is mounted on is there: nothing is ever made in it. */
function placeOf(path: AbsolutePath, grounds: ReadonlyMap<AbsolutePath, Ground>): 'there' | 'made' {
  for (let at = path; ; at = parentPath(at)) {
    const ground = grounds.get(at);
    if (ground !== undefined) return ground === 'own' && at !== path ? 'made' : 'there';
    if (at === ROOT_DIRECTORY) return 'there';
  }
}

/** For people: the rule that asked for the mount. */
function originOf(mount: MountEntry): string {
  const rule = 'rule' in mount ? mount.rule : undefined;
  if (rule === undefined) return 'the sandbox';
  return rule.kind === 'built-in' ? `the built-in rule ${rule.name}` : printable(describePointer(rule.pointer), MAX_ORIGIN);
}
