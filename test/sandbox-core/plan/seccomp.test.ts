import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { locateHelper } from 'sandbox-core';
import { assembleSeccomp } from 'sandbox-core/internal/launch/seccomp-bpf';
import { FLAG_CHANGES, MARKED_ALWAYS, OPEN_FILE_CHANGES, type SeccompOptions, seccompRules, WATCHED_CHANGES } from 'sandbox-core/internal/plan/seccomp';
import { MARKS } from 'sandbox-core/internal/plan/marks';
import { systemCallNumber, systemCalls, type SystemCallName } from 'sandbox-core/internal/plan/system-calls';
import type { WatchedPaths } from 'sandbox-core/internal/plan/watch';

import { AUDIT_ARCH, runFilter } from '../../support/bpf';
import { root } from '../../support/cli';
import { assertGolden } from '../../support/golden';

/** Names are held against writing, as under almost every policy; nothing is denied to read. */
const HELD: WatchedPaths = { reads: false, holdsReads: false, holdsWrites: true, missing: false };
const STRICT: SeccompOptions = { unixSockets: false, nestedNamespaces: false, performs: 'changes', paths: HELD, execs: false };
/** The supervisor's answer is EPERM. */
const REFUSED = 'notify';
const ENOSYS = 'errno 38';

function verdict(call: SystemCallName, args: readonly (number | bigint)[] = [], options: Partial<SeccompOptions> = {}, architecture: 'x64' | 'arm64' = 'x64'): string {
  const program = assembleSeccomp(seccompRules({ ...STRICT, ...options }), architecture);
  return runFilter(program, { architecture: AUDIT_ARCH[architecture], number: systemCallNumber(call, architecture) ?? -1, arguments: args });
}

describe('the system call filter', () => {
  for (const architecture of ['x64', 'arm64'] as const)
    it(`is byte for byte the committed one on ${architecture}`, () => {
      const program = assembleSeccomp(seccompRules(STRICT), architecture);
      assertGolden(`golden/seccomp-${architecture}.hex`, program.toString('hex').replaceAll(/.{16}/g, '$&\n'));
    });

  it('refuses calls of every other ABI, whatever their number', () => {
    const x64 = assembleSeccomp(seccompRules(STRICT), 'x64');
    const arm64 = assembleSeccomp(seccompRules(STRICT), 'arm64');
    assert.equal(runFilter(x64, { architecture: AUDIT_ARCH.i386, number: 20 }), ENOSYS);
    assert.equal(runFilter(x64, { architecture: AUDIT_ARCH.x64, number: 0x40000000 + 39 }), ENOSYS);
    assert.equal(runFilter(arm64, { architecture: AUDIT_ARCH.arm, number: 20 }), ENOSYS);
  });

  it('refuses io_uring, other processes, keys, mounts and namespaces', () => {
    const refused: Readonly<Partial<Record<SystemCallName, string>>> = {
      io_uring_setup: ENOSYS, ptrace: REFUSED, process_vm_writev: REFUSED, pidfd_getfd: REFUSED, kcmp: REFUSED, keyctl: REFUSED, add_key: REFUSED, bpf: REFUSED, userfaultfd: REFUSED,
      perf_event_open: REFUSED, mount: REFUSED, umount2: REFUSED, setns: REFUSED, open_tree: ENOSYS, move_mount: ENOSYS, fsopen: ENOSYS, mount_setattr: ENOSYS, clone3: ENOSYS, kexec_load: REFUSED, init_module: REFUSED,
    }; // prettier-ignore
    const calls = Object.keys(refused) as SystemCallName[];
    assert.deepEqual(Object.fromEntries(calls.map((call) => [call, verdict(call)])), refused);
  });

  it('lets processes and threads be made, but no namespaces', () => {
    const CLONE_VM_AND_THREAD = 0x00010100;
    assert.equal(verdict('clone', [CLONE_VM_AND_THREAD]), 'allow');
    assert.equal(verdict('clone', [0x10000000 | 17]), REFUSED);
    assert.equal(verdict('unshare', [0x00020000]), REFUSED);
    assert.equal(verdict('unshare', [0x400]), 'allow');
    assert.equal(verdict('clone', [0x10000000], { nestedNamespaces: true }), 'allow');
    assert.equal(verdict('mount', [], { nestedNamespaces: true }), 'allow');
  });

  it('allows sockets of a few families, without raw ones', () => {
    const socket = (...args: number[]): string => verdict('socket', args);
    const family = { UNIX: 1, INET: 2, INET6: 10, NETLINK: 16, PACKET: 17, VSOCK: 40, ALG: 38 };
    const type = { STREAM: 1, DGRAM: 2, RAW: 3, CLOEXEC: 0o2000000 };
    assert.deepEqual([socket(family.INET, type.STREAM | type.CLOEXEC), socket(family.INET6, type.DGRAM), socket(family.NETLINK, type.RAW | type.CLOEXEC, 0)], ['allow', 'allow', 'allow']);
    assert.deepEqual([socket(family.INET, type.RAW), socket(family.INET, type.RAW | type.CLOEXEC), socket(family.INET6, type.RAW), socket(family.INET, 10), socket(family.NETLINK, type.RAW, 9), socket(family.PACKET, type.RAW), socket(family.VSOCK, type.STREAM), socket(family.ALG, 5)], Array(8).fill(REFUSED));
    assert.deepEqual([type.STREAM, 5, type.STREAM | type.CLOEXEC].map((kind) => socket(family.UNIX, kind)), ['allow', 'allow', 'allow']);
    assert.deepEqual([type.DGRAM, type.RAW, 4].map((kind) => socket(family.UNIX, kind)), [REFUSED, REFUSED, REFUSED]);
    assert.equal(verdict('socket', [family.UNIX, type.DGRAM], { unixSockets: true }), 'allow');
  });

  it('allows stream pairs, not datagram pairs', () => {
    assert.equal(verdict('socketpair', [1, 1 | 0o2000000]), 'allow');
    assert.equal(verdict('socketpair', [1, 5]), 'allow'); // SOCK_SEQPACKET
    assert.equal(verdict('socketpair', [1, 2]), REFUSED);
    assert.equal(verdict('socketpair', [1, 3]), REFUSED); // SOCK_RAW, which becomes SOCK_DGRAM
    assert.equal(verdict('socketpair', [1, 2 | 0o2000000]), REFUSED);
  });

  it('lets nothing connect but connect', () => {
    const MSG_FASTOPEN = 0x20000000;
    assert.deepEqual((['sendto', 'sendmsg', 'sendmmsg'] as const).map((call) => verdict(call, call === 'sendmsg' ? [3, 1, MSG_FASTOPEN] : [3, 1, 1, MSG_FASTOPEN])), Array(3).fill('errno 95'));
    assert.deepEqual((['sendto', 'sendmsg', 'sendmmsg'] as const).map((call) => verdict(call, [3, 1, 0x4000, 0x4000])), Array(3).fill('allow'));
  });

  it('refuses to type into the terminal, also with high bits set in the request', () => {
    assert.equal(verdict('ioctl', [0, 0x5412]), REFUSED);
    assert.equal(verdict('ioctl', [0, 0xdead00005412n]), REFUSED);
    assert.equal(verdict('ioctl', [0, 0x541c]), REFUSED);
    assert.equal(verdict('ioctl', [0, 0x5401]), 'allow');
  });

  it('asks about opens for writing always, about opens for reading only where reads are denied', () => {
    assert.equal(verdict('openat', [0, 0, 0]), 'allow');
    assert.equal(verdict('openat', [0, 0, 0o2000000]), 'allow');
    assert.deepEqual([1, 2, 0o100, 0o1000, 0o20200000 | 2].map((flags) => verdict('openat', [0, 0, flags])), Array(5).fill('notify'));
    assert.equal(verdict('openat', [0, 0, 0], { paths: { ...HELD, reads: true } }), 'notify');
    assert.equal(verdict('open', [0, 1]), 'notify');
    assert.equal(verdict('unlinkat'), 'notify');
    assert.equal(verdict('connect'), 'notify');
  });

  /** An openat with these flags and this mark. */
  const open = (flags: number, mark: number, paths: WatchedPaths): string => verdict('openat', [0, 1, flags, 0, 0, mark], { paths });

  it('lets marked calls pass where it only watches, and nowhere else', () => {
    const [READ, WRITE] = [0, 0o101];
    const watched: WatchedPaths = { ...HELD, reads: true };
    assert.equal(verdict('open', [1, 0, 0, 0, 0, MARKS.pass], { paths: watched }), 'notify');
    const verdicts = (flags: number, paths: WatchedPaths): string[] => [MARKS.pass, MARKS.refused, MARKS.missing, 0, MARKS.query + 1].map((mark) => open(flags, mark, paths));
    assert.deepEqual(verdicts(READ, watched), ['allow', 'notify', 'errno 2', 'notify', 'notify']);
    assert.deepEqual(verdicts(READ, { ...watched, missing: true }), ['allow', 'notify', 'notify', 'notify', 'notify']);
    // Opens for writing, also where no name is held: a named pipe is.
    for (const held of [watched, HELD, { ...watched, holdsReads: true }, { ...watched, holdsWrites: false }, { ...HELD, holdsWrites: false }]) assert.deepEqual(verdicts(WRITE, held), Array(5).fill('notify'));
    assert.deepEqual(verdicts(READ, { ...watched, holdsReads: true }), Array(5).fill('notify'));
    assert.deepEqual(verdicts(READ, HELD), Array(5).fill('allow'));
    const made = [MARKS.pass, MARKS.refused].map((mark) => verdict('mkdirat', [0, 1, 0, 0, 0, mark], { paths: { ...HELD, holdsWrites: false } }));
    assert.deepEqual(made, ['allow', 'notify']);
  });

  it('heeds no mark on any call that could make or change a held name', () => {
    for (const architecture of ['x64', 'arm64'] as const)
      for (const call of WATCHED_CHANGES.filter((name) => !MARKED_ALWAYS.includes(name) && systemCallNumber(name, architecture) !== undefined))
        for (const mark of Object.values(MARKS)) assert.equal(verdict(call, [1, 1, 1, 1, 1, mark], {}, architecture), 'notify', `${call} on ${architecture}`);
    for (const mark of Object.values(MARKS)) assert.equal(verdict('connect', [1, 1, 1, 1, 1, mark], { paths: { ...HELD, holdsWrites: false } }), 'notify');
  });

  it('tells the library which calls may be marked', () => {
    assert.deepEqual([open(0, MARKS.query, HELD), open(0, MARKS.query, { ...HELD, holdsWrites: false }), open(0, MARKS.query, { ...HELD, reads: true, holdsReads: true })], [ENOSYS, 'errno 1', 'errno 13']);
    const header = readFileSync(join(root, 'sandbox-core', 'native', 'preload', 'marks.h'), 'utf8');
    const inHeader = [...header.matchAll(/#define MARK_(\w+) (0x[0-9a-f]+)L/g)].map(([, name, value]) => [name?.toLowerCase(), Number(value)]);
    assert.deepEqual(Object.fromEntries(inHeader), MARKS);
  });

  it('asks about times, owners and changes through an open file, unless the library has passed them', () => {
    for (const call of MARKED_ALWAYS) assert.deepEqual([MARKS.pass, MARKS.refused, MARKS.missing, 0].map((mark) => verdict(call, [3, 1, 0, 0, 0, mark])), ['allow', 'notify', 'errno 2', 'notify'], call);
    for (const call of OPEN_FILE_CHANGES) assert.deepEqual([MARKS.pass, MARKS.refused, 0].map((mark) => verdict(call, [3, 0, 0, 0, 0, mark])), ['allow', 'notify', 'notify'], call);
  });

  it('has the supervisor refuse a set-id bit, whatever marks say', () => {
    for (const paths of [HELD, { ...HELD, reads: true }, { ...HELD, holdsWrites: false }]) {
      const asked = ([['chmod', 1], ['fchmod', 1], ['fchmodat', 2], ['fchmodat2', 2], ['mknod', 1], ['mknodat', 2]] as const).map(([call, at]) => verdict(call, Array.from({ length: 6 }, (_, index) => (index === at ? 0o4755 : index === 5 ? MARKS.pass : 1)), { paths }));
      assert.deepEqual([...asked, verdict('openat', [3, 1, 0o100, 0o4755, 0, MARKS.pass], { paths }), verdict('fchmodat', [3, 1, 0o2755, 0, 0, MARKS.pass], { paths })], Array(8).fill('notify'));
    }
  });

  it('leaves ordinary calls alone', () => {
    assert.deepEqual((['execve', 'accept', 'listen'] as const).map((call) => verdict(call)), ['allow', 'allow', 'allow']);
  });

  it('watches what is executed where something is hidden, and asks about all of it where command rules judge', () => {
    const ofMarks = (options: Partial<SeccompOptions>): string[] => [0, MARKS.pass, MARKS.looked].map((mark) => verdict('execve', [1, 1, 1, 0, 0, mark], options));
    const hiding = { paths: { ...HELD, reads: true } };
    assert.deepEqual([ofMarks({}), ofMarks(hiding), ofMarks({ ...hiding, execs: true })], [['allow', 'allow', 'allow'], ['notify', 'allow', 'notify'], ['notify', 'notify', 'notify']]);
  });

  it('opens nothing where a program only tells of a look', () => {
    for (const flags of [0, 0o101, 0o10000000]) assert.deepEqual([open(flags, MARKS.looked, HELD), open(flags, MARKS.looked, { ...HELD, reads: true })], ['errno 13', 'notify']);
  });

  it('asks about flags of files, and about no other ioctl that passes', () => {
    assert.deepEqual([...FLAG_CHANGES, 0x5401].map((request) => verdict('ioctl', [3, request])), ['notify', 'notify', 'allow']);
  });
});

describe('system call numbers', () => {
  it('are those of the headers', (context) => {
    const header = '/usr/include/x86_64-linux-gnu/asm/unistd_64.h';
    if (!existsSync(header)) return context.skip(`${header} is not here (Debian: linux-libc-dev)`);
    const numbers = new Map([...readFileSync(header, 'utf8').matchAll(/#define __NR_(\w+) (\d+)/g)].map(([, name, number]) => [name, Number(number)]));
    const wrong = Object.entries(systemCalls).filter(([name, [x64]]) => numbers.has(name) && numbers.get(name) !== x64);
    assert.deepEqual(wrong, []);
  });

  it('watched by the filter are those that the helper can judge', () => {
    const judged = execFileSync(locateHelper(), ['supervised-calls'], { encoding: 'utf8' }).trim().split('\n').sort();
    const watched = [...new Set<string>(['open', 'openat', ...WATCHED_CHANGES, ...OPEN_FILE_CHANGES, 'ioctl'])].filter((call) => systemCallNumber(call as SystemCallName, process.arch === 'arm64' ? 'arm64' : 'x64') !== undefined);
    assert.deepEqual(watched.sort(), judged);
  });

  it('refused with a report are none that the helper could let go on', () => {
    const judged = [...execFileSync(locateHelper(), ['supervised-calls'], { encoding: 'utf8' }).trim().split('\n'), 'connect', 'umask', 'execve', 'execveat'];
    const refused = seccompRules(STRICT).flatMap(({ call, action, when }) => (action === 'refuse' ? [call === 'ioctl' ? `ioctl ${when?.[0]?.value}` : call] : []));
    assert.ok(refused.length > 50);
    // The helper tells the uses of this one apart: native/src/supervised_calls.c.
    assert.deepEqual(refused.filter((call) => FLAG_CHANGES.some((request) => call === `ioctl ${request}`)), []);
    assert.deepEqual(refused.filter((call) => judged.includes(call)), []);
  });
});
