import { MARKS } from './marks';
import type { PlannedGuards } from './plan';
import { ANY_NAMESPACE, NAMESPACES, REFUSED, SOCKET_TYPE_MASK, type CallGroup } from './refused-calls';
import type { SystemCallName } from './system-calls';
import type { WatchedPaths } from './watch';

/**
 * What the kernel does with a system call, seccomp(2). Errors instead of kills, so that programs fall back.
 *
 * `notify` asks the supervisor in the sandbox's pid 1, which makes the call itself or lets it go on: native/src/supervisor.h.
 * `refuse` has it answer EPERM and report the call. To the kernel they are the same: the supervisor lets no call go on that it
 * cannot judge. Without a supervisor both are ENOSYS.
 */
export type SeccompAction = 'refuse' | 'EPERM' | 'ENOSYS' | 'EACCES' | 'ENOENT' | 'EOPNOTSUPP' | 'notify' | 'allow';

/**
 * Compares the low 32 bits of an argument, as the kernel does for all numbers tested here; high bits that a program sets
 * to slip past a comparison change nothing.
 *
 * @property mask bits of the argument that count; all if absent
 */
export interface ArgumentTest {
  readonly argument: 0 | 1 | 2 | 3 | 4 | 5;
  readonly test: 'equal' | 'not-equal';
  readonly mask?: number;
  readonly value: number;
}

/** The action applies if all tests hold. The first rule that applies to a call decides. */
export interface SeccompRule {
  readonly call: SystemCallName;
  readonly action: SeccompAction;
  readonly when?: readonly ArgumentTest[];
}

export interface SeccompOptions {
  /** srt: network.allowAllUnixSockets. */
  readonly unixSockets: boolean;
  /** srt: allowNestedUserNamespaces. */
  readonly nestedNamespaces: boolean;
  /** Calls that the supervisor makes itself. */
  readonly performs: PlannedGuards['performs'];
  readonly paths: WatchedPaths;
  /** Ask about programs that are started: where the policy has command rules. */
  readonly execs: boolean;
  /** Ask about processes that are started: where their number is limited. */
  readonly starts?: boolean;
}

// Constants of <linux/…>: names as there.
const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_SEQPACKET = 5;
const NETLINK_ROUTE = 0;
const IPPROTO_ICMP = 1;
const IPPROTO_ICMPV6 = 58;
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
const FS_IOC_SETFLAGS = 0x40086602;
const FS_IOC_FSSETXATTR = 0x401c5820;
const PERSONALITY_QUERY = 0xffffffff;
/** None of the watched calls has a sixth argument. */
const MARK_ARGUMENT = 5;
const O_WRONLY = 1;
const O_RDWR = 2;
const O_CREAT = 0o100;
const O_TRUNC = 0o1000;
const O_PATH = 0o10000000;
const O_TMPFILE = 0o20000000; // __O_TMPFILE, without O_DIRECTORY
const MSG_FASTOPEN = 0x20000000;
const S_ISUID = 0o4000;
const S_ISGID = 0o2000;
const WRITE_INTENT = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;

/** Changes to paths that are not opens. Keep in step with native/src/supervised_calls.c (a test holds them together). */
export const WATCHED_CHANGES: readonly SystemCallName[] = [
  'creat', 'mkdir', 'mkdirat', 'mknod', 'mknodat', 'symlink', 'symlinkat', 'link', 'linkat',
  'unlink', 'unlinkat', 'rmdir', 'rename', 'renameat', 'renameat2', 'truncate',
  'chmod', 'fchmodat', 'fchmodat2', 'chown', 'lchown', 'fchownat', 'utime', 'utimes', 'futimesat', 'utimensat',
  'setxattr', 'lsetxattr', 'removexattr', 'lremovexattr', 'bind',
];

/** Changes through an open file, which may have been opened to be read only. Nothing is held by them. */
export const OPEN_FILE_CHANGES: readonly SystemCallName[] = ['fchmod', 'fchown', 'fsetxattr', 'fremovexattr'];

/** As well, by what is asked of an ioctl: an inode's flags, chattr(1). Its other uses are refused or nobody's business. */
export const FLAG_CHANGES: readonly number[] = [FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR];

/** Those that the preloaded library marks, as it does openat: what programs do often. */
const MARKED_CHANGES: readonly SystemCallName[] = ['mkdirat', 'unlinkat', 'renameat2', 'linkat', 'symlinkat', 'truncate', 'fchmodat'];

/** As well, and nothing is held by them: times and owners. */
export const MARKED_ALWAYS: readonly SystemCallName[] = ['utimensat', 'fchownat'];

/** The filter of a sandbox. Calls that an architecture lacks are left out when it is assembled. */
export function seccompRules(options: SeccompOptions): SeccompRule[] {
  return [
    ...refuseAll(REFUSED),
    ...(options.nestedNamespaces ? [] : [...refuseAll(NAMESPACES), ...refuseNamespaceFlags()]),
    ...socketRules(options.unixSockets),
    // Typing into the caller's terminal.
    { call: 'ioctl', action: 'refuse', when: [{ argument: 1, test: 'equal', value: TIOCSTI }] },
    { call: 'ioctl', action: 'refuse', when: [{ argument: 1, test: 'equal', value: TIOCLINUX }] },
    { call: 'personality', action: 'refuse', when: [0, PERSONALITY_QUERY].map((value) => ({ argument: 0, test: 'not-equal', value })) },
    // Of another process, which may be the one that supervises: native/src/refused_calls.h. A pid has 32 bits.
    { call: 'prlimit64', action: 'notify', when: [{ argument: 0, test: 'not-equal', value: 0 }] },
    ...setIdRules(),
    ...fastOpenRules(),
    ...watchRules(options),
  ];
}

function refuseAll(groups: readonly CallGroup[]): SeccompRule[] {
  return groups.flatMap(({ action, calls }) => calls.map((call) => ({ call, action })));
}

function refuseNamespaceFlags(): SeccompRule[] {
  return (['unshare', 'clone'] as const).map((call) => ({ call, action: 'refuse', when: [{ argument: 0, test: 'not-equal', mask: ANY_NAMESPACE, value: 0 }] }));
}

/** Socket families by an allow list. Datagram sockets of AF_UNIX reach any path without connect(2), which is judged, so they stay out. */
function socketRules(unixSockets: boolean): SeccompRule[] {
  const isNot = (value: number): ArgumentTest => ({ argument: 0, test: 'not-equal', value });
  const families = [AF_INET, AF_INET6, AF_NETLINK, AF_UNIX];
  const rules: SeccompRule[] = [
    { call: 'socket', action: 'refuse', when: families.map(isNot) },
    { call: 'socketpair', action: 'refuse', when: [isNot(AF_UNIX)] },
    { call: 'socket', action: 'refuse', when: [isFamily(AF_NETLINK), { argument: 2, test: 'not-equal', value: NETLINK_ROUTE }] },
    ...[AF_INET, AF_INET6].map((family): SeccompRule => ({ call: 'socket', action: 'refuse', when: [isFamily(family), type('not-equal', SOCK_STREAM), type('not-equal', SOCK_DGRAM)] })),
  ];
  // "ping sockets": the kernel keeps them to groups that nobody in a sandbox belongs to.
  for (const [family, protocol] of [[AF_INET, IPPROTO_ICMP], [AF_INET6, IPPROTO_ICMPV6]] as const) rules.push({ call: 'socket', action: 'refuse', when: [isFamily(family), type('equal', SOCK_DGRAM), { argument: 2, test: 'equal', value: protocol }] });
  if (unixSockets) return rules;
  // By what is allowed: the kernel takes SOCK_RAW for a datagram socket too.
  const notConnected = [type('not-equal', SOCK_STREAM), type('not-equal', SOCK_SEQPACKET)];
  return [...rules, { call: 'socket', action: 'refuse', when: [isFamily(AF_UNIX), ...notConnected] }, { call: 'socketpair', action: 'refuse', when: notConnected }];
}

function isFamily(value: number): ArgumentTest {
  return { argument: 0, test: 'equal', value };
}

/** Types come with flags (SOCK_CLOEXEC, SOCK_NONBLOCK) in the higher bits. */
function type(test: ArgumentTest['test'], value: number): ArgumentTest {
  return { argument: 1, test, mask: SOCKET_TYPE_MASK, value };
}

/**
 * A program with a set-id bit would give whoever runs it after the sandbox, on the host, the rights of whoever ran the sandbox.
 * On a directory S_ISGID only hands down a group: where it can, the supervisor looks at what a chmod is of. It refuses all else
 * by the same arguments: native/src/refused_calls.h.
 */
function setIdRules(): SeccompRule[] {
  const has = (argument: ArgumentTest['argument'], mask: number): ArgumentTest => ({ argument, test: 'not-equal', mask, value: 0 });
  const modes = [['chmod', 1], ['fchmod', 1], ['fchmodat', 2], ['fchmodat2', 2]] as const;
  const made = [['mknod', 1], ['mknodat', 2], ['creat', 1]] as const;
  return [
    ...modes.map(([call, mode]): SeccompRule => ({ call, action: 'notify', when: [has(mode, S_ISUID | S_ISGID)] })),
    ...made.map(([call, mode]): SeccompRule => ({ call, action: 'notify', when: [has(mode, S_ISUID | S_ISGID)] })),
    // Only these flags make the mode count.
    { call: 'open', action: 'notify', when: [has(1, O_CREAT | O_TMPFILE), has(2, S_ISUID | S_ISGID)] },
    { call: 'openat', action: 'notify', when: [has(2, O_CREAT | O_TMPFILE), has(3, S_ISUID | S_ISGID)] },
  ];
}

/** TCP Fast Open connects without connect(2), which is where connections are judged and ports opened. Programs fall back, as they do where it is switched off (tcp(7)). */
function fastOpenRules(): SeccompRule[] {
  return ([['sendto', 3], ['sendmsg', 2], ['sendmmsg', 3]] as const).map(([call, flags]): SeccompRule => ({ call, action: 'EOPNOTSUPP', when: [{ argument: flags, test: 'not-equal', mask: MSG_FASTOPEN, value: 0 }] }));
}

function watchRules({ paths, performs, execs, starts = false }: SeccompOptions): SeccompRule[] {
  return [
    ...(performs === 'nothing' ? [] : [{ call: 'umask', action: 'notify' } as const]),
    opens('open', 1, paths.reads),
    { call: 'openat', action: paths.reads ? 'notify' : 'EACCES', when: [isMarked('looked')] },
    { call: 'openat', action: paths.holdsReads ? 'EACCES' : paths.holdsWrites ? 'ENOSYS' : 'EPERM', when: [isMarked('query')] },
    ...markedOpens(paths),
    ...OPEN_FILE_CHANGES.flatMap((call): SeccompRule[] => [{ call, action: 'allow', when: [isMarked('pass')] }, { call, action: 'notify' }]),
    ...FLAG_CHANGES.map((value): SeccompRule => ({ call: 'ioctl', action: 'notify', when: [{ argument: 1, test: 'equal', value }] })),
    ...WATCHED_CHANGES.flatMap((call) => [...(MARKED_ALWAYS.includes(call) || (MARKED_CHANGES.includes(call) && !paths.holdsWrites) ? markRules(call, paths) : []), { call, action: 'notify' } as const]),
    { call: 'connect', action: 'notify' },
    // With an address: a datagram of a socket that is not connected. What streams send names none.
    { call: 'sendto', action: 'notify', when: [{ argument: 4, test: 'not-equal', value: 0 }] },
    // A clone that makes namespaces has met its rule before, or may pass.
    ...(starts ? [{ call: 'fork', action: 'notify' } as const, { call: 'vfork', action: 'notify' } as const, { call: 'clone', action: 'notify', when: [{ argument: 0, test: 'equal', mask: ANY_NAMESPACE, value: 0 }] } as const] : []),
    ...startRules(execs, paths),
  ];
}

/** Programs that are started: judged whatever their marks, or watched where one may be hidden. */
function startRules(execs: boolean, { reads }: WatchedPaths): SeccompRule[] {
  if (!execs && !reads) return [];
  return (['execve', 'execveat'] as const).flatMap((call): SeccompRule[] => [...(execs ? [] : [{ call, action: 'allow', when: [isMarked('pass')] } as const]), { call, action: 'notify' }]);
}

/** An open with O_PATH neither reads nor writes. */
function opens(call: SystemCallName, argument: 1 | 2, reads: boolean): SeccompRule {
  const writes: ArgumentTest = { argument, test: 'not-equal', mask: WRITE_INTENT, value: 0 };
  return { call, action: 'notify', when: [{ argument, test: 'equal', mask: O_PATH, value: 0 }, ...(reads ? [] : [writes])] };
}

function markedOpens(paths: WatchedPaths): SeccompRule[] {
  const all = opens('openat', 2, paths.reads);
  return paths.holdsReads || !paths.reads ? [all] : [opens('openat', 2, false), ...markRules('openat', paths), all];
}

/** What the preloaded library's marks mean where a call is only watched: native/preload/marks.h. */
function markRules(call: SystemCallName, { missing }: WatchedPaths): SeccompRule[] {
  return [
    { call, action: 'allow', when: [isMarked('pass')] },
    { call, action: 'notify', when: [isMarked('refused')] },
    { call, action: missing ? 'notify' : 'ENOENT', when: [isMarked('missing')] },
  ];
}

function isMarked(mark: keyof typeof MARKS): ArgumentTest {
  return { argument: MARK_ARGUMENT, test: 'equal', value: MARKS[mark] };
}
