import type { LaunchPlan, MountEntry } from './plan';

/** Search only: a process may pass through to what is visible below, but not list. */
const PASSABLE = '0111';
const CLOSED = '0000';

export interface BubblewrapOptions {
  /** srt: allowNestedUserNamespaces. */
  readonly nestedNamespaces: boolean;
}

/**
 * The plan as arguments of bwrap(1), without the command. The network and its user namespace are the pod's, joined before
 * bubblewrap starts, so there is no --unshare-net.
 */
export function bubblewrapArguments(plan: LaunchPlan, options: BubblewrapOptions): string[] {
  return [
    '--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try',
    ...(options.nestedNamespaces ? [] : ['--disable-userns']),
    '--cap-drop', 'ALL',
    '--die-with-parent',
    '--as-pid-1',
    ...(plan.terminal === 'none' ? ['--new-session'] : []),
    ...plan.mounts.flatMap(mountArguments),
    '--chdir', '/',
  ];
}

function mountArguments(mount: MountEntry): string[] {
  switch (mount.kind) {
    case 'root':
      return [mount.writable ? '--bind' : '--ro-bind', '/', '/'];
    case 'empty-root':
      return ['--perms', PASSABLE, '--tmpfs', '/'];
    case 'link':
      return ['--symlink', mount.target, mount.path];
    case 'devices':
      return ['--dev', '/dev'];
    case 'processes':
      return ['--proc', '/proc'];
    case 'private':
      return ['--bind', mount.source, mount.path];
    case 'replaced-file':
    case 'masked-file':
      return ['--ro-bind', mount.source, mount.path];
    case 'writable':
      return ['--bind', mount.path, mount.path];
    case 'read-only':
      return ['--ro-bind', mount.path, mount.path];
    case 'masked-directory':
      return ['--perms', mount.passable ? PASSABLE : CLOSED, '--tmpfs', mount.path];
    case 'sealed':
      return ['--remount-ro', mount.path];
    case 'pinned':
      return [mount.writable ? '--bind' : '--ro-bind', mount.path, mount.path];
  }
}
