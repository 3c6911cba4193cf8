import type { LaunchPlan, MountEntry } from './plan';

/** Search only: a process may pass through to what is visible below, but not list. */
const PASSABLE = '0111';
const CLOSED = '0000';

/** Settings of the whole kernel, which root may write without any capability; bubblewrap covers others by itself. As native/src/kernel_settings.c. */
const KERNEL_SETTINGS = ['sys', 'acpi', 'asound', 'driver', 'dynamic_debug', 'fs', 'mtrr', 'scsi', 'tty'];

export interface BubblewrapOptions {
  /** srt: allowNestedUserNamespaces. */
  readonly nestedNamespaces: boolean;
}

/**
 * The plan as arguments of bwrap(1), without the command: where bubblewrap has to make the mounts.
 */
export function bubblewrapArguments(plan: LaunchPlan, options: BubblewrapOptions): string[] {
  return [
    ...namespaceArguments(plan),
    // It takes a write to /proc; without, the system call filter alone keeps commands from namespaces of their own.
    ...(options.nestedNamespaces || showsOuterProcesses(plan) ? [] : ['--disable-userns']),
    // For pid 1 alone, to read its callers: native/src/privileges.h.
    '--cap-drop', 'ALL', '--cap-add', 'CAP_SYS_PTRACE', '--cap-add', 'CAP_SETPCAP',
    ...plan.mounts.flatMap(mountArguments),
    '--chdir', '/',
  ];
}

/**
 * The same where the helper makes the mounts: it gets what it makes them of, and the capabilities for that, as uid 0 of the
 * namespace that it leaves afterwards. native/src/mounts.h, native/src/privileges.h
 */
export function bubblewrapGround(plan: LaunchPlan): string[] {
  return [
    ...namespaceArguments(plan),
    '--uid', '0', '--gid', '0',
    '--cap-drop', 'ALL', '--cap-add', 'CAP_SYS_ADMIN', '--cap-add', 'CAP_SYS_RESOURCE', '--cap-add', 'CAP_SETFCAP', '--cap-add', 'CAP_DAC_OVERRIDE',
    '--bind', '/', '/host',
    ...(showsOuterProcesses(plan) ? ['--bind', '/proc', '/proc'] : ['--proc', '/proc']),
    '--dir', '/new',
    '--chdir', '/',
  ];
}

export function showsOuterProcesses({ mounts }: Pick<LaunchPlan, 'mounts'>): boolean {
  return mounts.some((mount) => mount.kind === 'processes' && mount.outer === true);
}

/** The network and its user namespace are the pod's, joined before bubblewrap starts, so there is no --unshare-net. */
function namespaceArguments({ terminal }: LaunchPlan): string[] {
  return [
    '--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try',
    '--die-with-parent',
    '--as-pid-1',
    ...(terminal === 'none' ? ['--new-session'] : []),
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
      return mount.outer === true ? ['--ro-bind', '/proc', '/proc'] : ['--proc', '/proc', ...KERNEL_SETTINGS.flatMap((name) => ['--ro-bind-try', `/proc/${name}`, `/proc/${name}`])];
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
