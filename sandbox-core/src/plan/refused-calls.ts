import { systemCallName, type SystemCallName } from './system-calls';

/** Calls that are answered with an error, whatever their arguments. `why` completes a violation's reason where they are recorded. */
export type CallGroup = { readonly action: 'refuse'; readonly why: string; readonly calls: readonly SystemCallName[] } | { readonly action: 'EPERM' | 'ENOSYS'; readonly calls: readonly SystemCallName[] };

// Constants of <linux/…>: names as there.
const CLONE_FLAGS: Readonly<Record<string, number>> = {
  CLONE_NEWNS: 0x00020000,
  CLONE_NEWCGROUP: 0x02000000,
  CLONE_NEWUTS: 0x04000000,
  CLONE_NEWIPC: 0x08000000,
  CLONE_NEWUSER: 0x10000000,
  CLONE_NEWPID: 0x20000000,
  CLONE_NEWNET: 0x40000000,
};
export const ANY_NAMESPACE = Object.values(CLONE_FLAGS).reduce((all, flag) => all | flag, 0);
export const SOCKET_TYPE_MASK = 0xf;
const FAMILIES: Readonly<Record<number, string>> = { 1: 'AF_UNIX', 2: 'AF_INET', 10: 'AF_INET6', 16: 'AF_NETLINK', 17: 'AF_PACKET', 29: 'AF_CAN', 31: 'AF_BLUETOOTH', 38: 'AF_ALG', 40: 'AF_VSOCK', 44: 'AF_XDP' };
const SOCKET_TYPES: Readonly<Record<number, string>> = { 1: 'SOCK_STREAM', 2: 'SOCK_DGRAM', 3: 'SOCK_RAW', 4: 'SOCK_RDM', 5: 'SOCK_SEQPACKET', 10: 'SOCK_PACKET' };
const REQUESTS: Readonly<Record<number, string>> = { 0x5412: 'TIOCSTI', 0x541c: 'TIOCLINUX' };

/**
 * Refused outright: the kernel's less-trodden paths, other processes, mounts, and ways around the filter. Recorded is what a
 * program does for its own sake. What it only tries first, and does otherwise without, is not: every start of a program would be.
 */
export const REFUSED: readonly CallGroup[] = [
  // io_uring does its work outside of the caller's system calls, so no filter sees it.
  { action: 'ENOSYS', calls: ['io_uring_setup', 'io_uring_enter', 'io_uring_register'] },
  // Its flags are behind a pointer, where they could be exchanged after a look; programs fall back to openat.
  { action: 'ENOSYS', calls: ['openat2'] },
  // New enough that programs expect them to be missing; what they do is done without the calls that are judged.
  { action: 'ENOSYS', calls: ['setxattrat', 'removexattrat', 'file_setattr'] },
  // The supervisor opens files and connects for programs, which these rules would not reach: better none than one that does not hold.
  { action: 'ENOSYS', calls: ['landlock_create_ruleset', 'landlock_add_rule', 'landlock_restrict_self'] },
  // Where memory had better lie: tried at the start by programs that do as well without.
  { action: 'EPERM', calls: ['mbind', 'migrate_pages', 'move_pages', 'set_mempolicy'] },
  { action: 'refuse', why: 'memory and descriptors of other processes are out of reach', calls: ['ptrace', 'process_vm_readv', 'process_vm_writev', 'process_madvise', 'pidfd_getfd', 'kcmp'] },
  { action: 'refuse', why: "the user's keys are in no namespace", calls: ['add_key', 'request_key', 'keyctl'] },
  { action: 'refuse', why: 'a command has no business inside of the kernel', calls: ['bpf', 'perf_event_open', 'userfaultfd', 'lookup_dcookie', 'kexec_load', 'kexec_file_load', 'init_module', 'finit_module', 'delete_module', 'modify_ldt'] },
  { action: 'refuse', why: 'the machine is not for a command to administer', calls: ['reboot', 'swapon', 'swapoff', 'acct', 'quotactl', 'quotactl_fd', 'syslog', 'vhangup', 'nfsservctl', 'uselib', 'iopl', 'ioperm', 'settimeofday', 'clock_settime', 'clock_adjtime', 'adjtimex', 'sethostname', 'setdomainname'] },
  { action: 'refuse', why: 'it reaches files around the mounts of the sandbox', calls: ['open_by_handle_at', 'fanotify_init'] },
];

/** Refused for the mode that they would set. */
const SETTING_MODES: readonly SystemCallName[] = ['chmod', 'fchmod', 'fchmodat', 'fchmodat2', 'mknod', 'mknodat', 'creat', 'open', 'openat'];

const NO_NAMESPACES = 'a command makes no namespaces and no mounts; allowNestedUserNamespaces lifts this';

/** Lifted by allowNestedUserNamespaces. */
export const NAMESPACES: readonly CallGroup[] = [
  { action: 'refuse', why: NO_NAMESPACES, calls: ['mount', 'umount2', 'pivot_root', 'chroot', 'setns'] },
  // New enough that programs expect them to be missing, and fall back.
  { action: 'ENOSYS', calls: ['open_tree', 'open_tree_attr', 'move_mount', 'fsopen', 'fsconfig', 'fsmount', 'fspick', 'mount_setattr'] },
  // Its flags are behind a pointer, out of a filter's sight; every libc falls back to clone.
  { action: 'ENOSYS', calls: ['clone3'] },
];

/** For people: `ptrace`, `socket AF_PACKET SOCK_RAW`, `unshare CLONE_NEWUSER`; and why it is refused. */
export interface RefusedCall {
  readonly target: string;
  readonly why: string;
}

/** @param values the call's first three arguments, the low 32 bits of each */
export function describeRefusedCall(number: number, values: readonly [number, number, number], architecture: 'x64' | 'arm64'): RefusedCall {
  const call = systemCallName(number, architecture);
  if (call === undefined) return { target: `system call ${number}`, why: 'the sandbox does not know it' };
  return describeByArguments(call, values) ?? { target: call, why: [...REFUSED, ...NAMESPACES].flatMap((group) => (group.action === 'refuse' && group.calls.includes(call) ? [group.why] : []))[0] ?? 'it is not for a command in a sandbox' };
}

function describeByArguments(call: SystemCallName, [first, second, third]: readonly [number, number, number]): RefusedCall | undefined {
  if (call === 'clone' || call === 'unshare') return { target: [call, ...Object.entries(CLONE_FLAGS).flatMap(([name, flag]) => ((first & flag) === 0 ? [] : [name]))].join(' '), why: NO_NAMESPACES };
  if (call === 'socket' || call === 'socketpair') return describeSocket(call, first, second & SOCKET_TYPE_MASK, third);
  if (SETTING_MODES.includes(call)) return { target: `${call} with a set id bit`, why: 'a program with a set-id bit would have your rights outside of the sandbox, for whoever runs it' };
  if (call === 'ioctl') return { target: `ioctl ${REQUESTS[second] ?? second}`, why: "it types into the caller's terminal" };
  if (call === 'prlimit64') return { target: `${call} of pid 1`, why: 'pid 1 supervises what runs in the sandbox, and needs its files and memory' };
  if (call === 'personality') return { target: call, why: 'programs run as the machine has them run, with addresses at random' };
  return undefined;
}

function describeSocket(call: string, family: number, type: number, protocol: number): RefusedCall {
  const target = `${call} ${FAMILIES[family] ?? `family ${family}`} ${SOCKET_TYPES[type] ?? `type ${type}`}`;
  if (FAMILIES[family] === 'AF_UNIX') return { target, why: 'a Unix socket that does not connect reaches any path; network.allowAllUnixSockets lifts this' };
  if (FAMILIES[family]?.startsWith('AF_INET') && SOCKET_TYPES[type] === 'SOCK_DGRAM') return { target: `${target} protocol ${protocol}`, why: 'a command has TCP and UDP only; ICMP (ping) does not leave the sandbox' };
  if (FAMILIES[family] === 'AF_NETLINK') return { target: `${target} protocol ${protocol}`, why: 'of netlink, a command has the list of network interfaces only' };
  return { target, why: 'a command has TCP, UDP and Unix sockets only' };
}
