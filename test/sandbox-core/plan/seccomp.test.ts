import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { locateHelper } from 'sandbox-core';
import { assembleSeccomp } from 'sandbox-core/internal/launch/seccomp-bpf';
import { seccompRules, systemCallNumber, WATCHED_CHANGES, type SeccompOptions } from 'sandbox-core/internal/plan/seccomp';
import { systemCalls, type SystemCallName } from 'sandbox-core/internal/plan/system-calls';

import { AUDIT_ARCH, runFilter } from '../../support/bpf';
import { assertGolden } from '../../support/golden';

const STRICT: SeccompOptions = { unixSockets: false, nestedNamespaces: false, performs: 'changes', watchReads: false };
const EPERM = 'errno 1';
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
      io_uring_setup: ENOSYS, ptrace: EPERM, process_vm_writev: EPERM, pidfd_getfd: EPERM, kcmp: EPERM, keyctl: EPERM, add_key: EPERM, bpf: EPERM, userfaultfd: EPERM,
      perf_event_open: EPERM, mount: EPERM, umount2: EPERM, setns: EPERM, open_tree: ENOSYS, move_mount: ENOSYS, fsopen: ENOSYS, mount_setattr: ENOSYS, clone3: ENOSYS, kexec_load: EPERM, init_module: EPERM,
    }; // prettier-ignore
    const calls = Object.keys(refused) as SystemCallName[];
    assert.deepEqual(Object.fromEntries(calls.map((call) => [call, verdict(call)])), refused);
  });

  it('lets processes and threads be made, but no namespaces', () => {
    const CLONE_VM_AND_THREAD = 0x00010100;
    assert.equal(verdict('clone', [CLONE_VM_AND_THREAD]), 'allow');
    assert.equal(verdict('clone', [0x10000000 | 17]), EPERM);
    assert.equal(verdict('unshare', [0x00020000]), EPERM);
    assert.equal(verdict('unshare', [0x400]), 'allow');
    assert.equal(verdict('clone', [0x10000000], { nestedNamespaces: true }), 'allow');
    assert.equal(verdict('mount', [], { nestedNamespaces: true }), 'allow');
  });

  it('allows sockets of a few families, without raw ones', () => {
    const socket = (...args: number[]): string => verdict('socket', args);
    const family = { UNIX: 1, INET: 2, INET6: 10, NETLINK: 16, PACKET: 17, VSOCK: 40, ALG: 38 };
    const type = { STREAM: 1, DGRAM: 2, RAW: 3, CLOEXEC: 0o2000000 };
    assert.deepEqual([socket(family.INET, type.STREAM | type.CLOEXEC), socket(family.INET6, type.DGRAM), socket(family.NETLINK, type.RAW | type.CLOEXEC, 0)], ['allow', 'allow', 'allow']);
    assert.deepEqual([socket(family.INET, type.RAW), socket(family.INET, type.RAW | type.CLOEXEC), socket(family.INET6, type.RAW), socket(family.INET, 10), socket(family.NETLINK, type.RAW, 9), socket(family.PACKET, type.RAW), socket(family.VSOCK, type.STREAM), socket(family.ALG, 5)], Array(8).fill(EPERM));
    assert.deepEqual([type.STREAM, 5, type.STREAM | type.CLOEXEC].map((kind) => socket(family.UNIX, kind)), ['allow', 'allow', 'allow']);
    assert.deepEqual([type.DGRAM, type.RAW, 4].map((kind) => socket(family.UNIX, kind)), [EPERM, EPERM, EPERM]);
    assert.equal(verdict('socket', [family.UNIX, type.DGRAM], { unixSockets: true }), 'allow');
  });

  it('allows stream pairs, not datagram pairs', () => {
    assert.equal(verdict('socketpair', [1, 1 | 0o2000000]), 'allow');
    assert.equal(verdict('socketpair', [1, 5]), 'allow'); // SOCK_SEQPACKET
    assert.equal(verdict('socketpair', [1, 2]), EPERM);
    assert.equal(verdict('socketpair', [1, 3]), EPERM); // SOCK_RAW, which becomes SOCK_DGRAM
    assert.equal(verdict('socketpair', [1, 2 | 0o2000000]), EPERM);
  });

  it('refuses to type into the terminal, also with high bits set in the request', () => {
    assert.equal(verdict('ioctl', [0, 0x5412]), EPERM);
    assert.equal(verdict('ioctl', [0, 0xdead00005412n]), EPERM);
    assert.equal(verdict('ioctl', [0, 0x541c]), EPERM);
    assert.equal(verdict('ioctl', [0, 0x5401]), 'allow');
  });

  it('asks about opens for writing always, about opens for reading only where reads are denied', () => {
    assert.equal(verdict('openat', [0, 0, 0]), 'allow');
    assert.equal(verdict('openat', [0, 0, 0o2000000]), 'allow');
    assert.deepEqual([1, 2, 0o100, 0o1000, 0o20200000 | 2].map((flags) => verdict('openat', [0, 0, flags])), Array(5).fill('notify'));
    assert.equal(verdict('openat', [0, 0, 0], { watchReads: true }), 'notify');
    assert.equal(verdict('open', [0, 1]), 'notify');
    assert.equal(verdict('unlinkat'), 'notify');
    assert.equal(verdict('connect'), 'notify');
  });

  it('leaves ordinary calls alone', () => {
    assert.deepEqual((['execve', 'accept', 'listen'] as const).map((call) => verdict(call)), ['allow', 'allow', 'allow']);
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
    const watched = ['open', 'openat', 'fchmod', ...WATCHED_CHANGES].filter((call) => systemCallNumber(call as SystemCallName, process.arch === 'arm64' ? 'arm64' : 'x64') !== undefined);
    assert.deepEqual(watched.sort(), judged);
  });
});
