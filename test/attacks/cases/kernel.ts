import { strict as assert } from 'node:assert';
import { constants } from 'node:os';

import { seccompRules } from 'sandbox-core/internal/plan/seccomp';
import { systemCallNumber, type SystemCallName } from 'sandbox-core/internal/plan/system-calls';

import { srtCommand } from '../../support/cli';
import { policyOf } from '../../support/policies';
import { openTerminal, type TestTerminal } from '../../support/terminal';
import { probeAttack, worksOnHost, worksUnder, type Attack, type Lab } from '../attack';

const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
const onX64 = (): string | undefined => (architecture === 'x64' ? undefined : 'another ABI of x86-64');
const FILTER = 'the system call filter';
const NEWUSER = '0x10000000';
const NEWNS = '0x00020000';

const number = (call: SystemCallName): string => String(systemCallNumber(call, architecture));

/** Refused whatever their arguments: what the kernel answers to each, as `name error`. */
function unconditionalRefusals(): Map<SystemCallName, string> {
  const rules = seccompRules({ unixSockets: false, nestedNamespaces: false, performs: 'changes', paths: { reads: false, holdsReads: false, holdsWrites: true, missing: false }, execs: false });
  return new Map(rules.flatMap(({ call, action, when }) => (when === undefined && action !== 'notify' && systemCallNumber(call, architecture) !== undefined ? [[call, action === 'refuse' ? 'EPERM' : action] as const] : [])));
}

export const kernelAttacks: readonly Attack[] = [
  probeAttack({ id: 'K01', name: 'trace another process', outcome: 'EPERM', stoppedBy: FILTER, probe: ['ptrace-child'], expected: 'EPERM', allowed: worksOnHost('ptrace-child') }),
  probeAttack({ id: 'K01a', name: 'write into another process\'s memory', outcome: 'EPERM', stoppedBy: FILTER, probe: ['write-child-memory'], expected: 'EPERM', allowed: worksOnHost('write-child-memory') }),
  probeAttack({ id: 'K01b', name: 'take a descriptor out of another process', outcome: 'EPERM', stoppedBy: FILTER, probe: ['take-child-descriptor'], expected: 'EPERM', allowed: worksOnHost('take-child-descriptor') }),
  probeAttack({ id: 'K01c', name: 'compare what two processes share', outcome: 'EPERM', stoppedBy: FILTER, probe: ['compare-child'], expected: 'EPERM', allowed: worksOnHost('compare-child') }),
  probeAttack({ id: 'K02', name: 'make a user namespace with unshare', outcome: 'EPERM', stoppedBy: FILTER, probe: ['call', number('unshare'), NEWUSER], expected: 'EPERM', allowed: worksUnder({ allowNestedUserNamespaces: true }, 'call', number('unshare'), NEWUSER) }),
  {
    id: 'K02a',
    name: 'make a user namespace with clone',
    outcome: 'EPERM',
    stoppedBy: FILTER,
    attempt: async (lab) => assert.equal(await (await lab.open()).probe('call', number('clone'), `0x${(0x10000000 | constants.signals.SIGCHLD).toString(16)}`), 'EPERM'),
    allowed: async (lab) => assert.match(await (await lab.open({ policy: { allowNestedUserNamespaces: true } })).probe('call', number('clone'), `0x${(0x10000000 | constants.signals.SIGCHLD).toString(16)}`), /^ok/),
  },
  probeAttack({ id: 'K02b', name: 'make a user namespace with clone3, whose flags no filter sees', outcome: 'ENOSYS, so that libc falls back to clone', stoppedBy: FILTER, probe: ['clone3', NEWUSER], expected: 'ENOSYS', allowed: worksUnder({ allowNestedUserNamespaces: true }, 'clone3', NEWUSER) }),
  probeAttack({ id: 'K02c', name: 'make a mount namespace', outcome: 'EPERM', stoppedBy: FILTER, probe: ['call', number('unshare'), NEWNS], expected: 'EPERM', allowed: worksUnder({ allowNestedUserNamespaces: true }, 'call', number('unshare'), `0x${(Number(NEWUSER) | Number(NEWNS)).toString(16)}`) }),
  probeAttack({ id: 'K03', name: 'call by numbers of the x32 ABI', outcome: 'ENOSYS', stoppedBy: FILTER, whyNotHere: onX64, probe: ['x32', '39'], expected: 'ENOSYS', allowed: async (lab) => assert.equal(await (await lab.open()).probe('call', '39'), 'ok') }),
  probeAttack({ id: 'K04', name: 'call through the 32-bit entry (int 0x80)', outcome: 'ENOSYS', stoppedBy: `${FILTER}, which checks the architecture`, whyNotHere: onX64, probe: ['i386', '20'], expected: 'ENOSYS', allowed: async (lab) => assert.equal(await (await lab.open()).probe('call', '39'), 'ok') }),
  probeAttack({ id: 'K04a', name: 'make a socket with the 32-bit socketcall', outcome: 'ENOSYS', stoppedBy: `${FILTER}, which checks the architecture`, whyNotHere: onX64, probe: ['i386', '102', '1', '0'], expected: 'ENOSYS', allowed: async (lab) => assert.equal(await (await lab.open()).probe('call', '41', '2', '1', '0'), 'ok') }),
  probeAttack({ id: 'K05', name: 'open files and sockets through io_uring', outcome: 'ENOSYS, so that programs fall back', stoppedBy: FILTER, probe: ['io-uring'], expected: 'ENOSYS', allowed: async (lab) => assert.equal(await (await lab.open()).probe('open', '/dev/null', '2'), 'ok') }),
  probeAttack({ id: 'K05a', name: 'open with flags that no filter sees (openat2)', outcome: 'ENOSYS, so that programs fall back', stoppedBy: FILTER, policy: { filesystem: { allowWrite: ['.'] } }, probe: ['openat2', '.mcp.json'], expected: 'ENOSYS', allowed: worksOnHost('openat2', '/dev/null') }),
  probeAttack({ id: 'K05b', name: 'open a file by its handle, whatever path leads to it (name_to_handle_at, open_by_handle_at)', outcome: 'EPERM', stoppedBy: FILTER, probe: ['open-by-handle', '/etc/hostname'], expected: 'EPERM', allowed: async (lab) => assert.equal(await (await lab.open()).probe('open', '/etc/hostname', '0'), 'ok') }),
  probeAttack({ id: 'K05c', name: 'rely on Landlock rules that the supervisor\'s opens would pass by', outcome: 'ENOSYS: a program knows that it has none', stoppedBy: FILTER, probe: ['call', number('landlock_create_ruleset'), '0', '0', '1'], expected: 'ENOSYS', allowed: async (lab) => assert.equal(await (await lab.open()).probe('call', number('personality'), '0xffffffff'), 'ok') }),
  typingAttack('K06', 'type into the caller\'s terminal (TIOCSTI)', '0x5412'),
  typingAttack('K06a', 'the same, with bits above those the kernel compares', '0xdeadbeef00005412'),
  typingAttack('K07', 'paste on a virtual console (TIOCLINUX)', '0x541c'),
  ...(['add_key', 'request_key', 'keyctl'] as const).map((call, index) =>
    probeAttack({ id: `K08${['', 'a', 'b'][index]}`, name: `reach the user's keys (${call})`, outcome: 'EPERM', stoppedBy: FILTER, probe: ['call', number(call), '0', '0'], expected: 'EPERM', allowed: async (lab) => assert.equal(await (await lab.open()).probe('call', number('personality'), '0xffffffff'), 'ok') }),
  ),
  {
    id: 'K09',
    name: 'every call that the filter refuses outright (bpf, perf_event_open, userfaultfd, kexec, modules, mounts …)',
    outcome: 'the error that the filter names, for each',
    stoppedBy: FILTER,
    async attempt(lab) {
      const sandbox = await lab.open();
      const refused = unconditionalRefusals();
      assert.ok(refused.size > 50, `${refused.size} calls`);
      const { stdout } = await sandbox.script([...refused.keys()].map((call) => `echo ${call} $(./probe call ${number(call)})`).join('\n'));
      assert.deepEqual(Object.fromEntries(stdout.trim().split('\n').map((line) => line.split(' '))), Object.fromEntries(refused));
    },
    allowed: async (lab) => assert.equal(await (await lab.open({ policy: { allowNestedUserNamespaces: true } })).probe('call', number('unshare'), NEWUSER), 'ok'),
  },
  probeAttack({ id: 'K09a', name: 'run without address randomization (personality)', outcome: 'EPERM', stoppedBy: FILTER, probe: ['call', number('personality'), '0x0040000'], expected: 'EPERM', allowed: async (lab) => assert.equal(await (await lab.open()).probe('call', number('personality'), '0xffffffff'), 'ok') }),
  {
    id: 'K10',
    name: 'run a program from memory that has no file (memfd_create, fexecve)',
    outcome: 'it runs under the same filter and mounts',
    stoppedBy: 'no_new_privs and the filter, which are inherited',
    attempt: async (lab) => assert.equal(await (await lab.open()).probe('run-from-memory', './probe', 'ptrace-child'), 'EPERM'),
    allowed: async (lab) => assert.equal(await (await lab.open()).probe('run-from-memory', './probe', 'call', number('personality'), '0xffffffff'), 'ok'),
  },
  {
    id: 'K11',
    name: 'run a program through the loader, a copy, env, xargs, find, python',
    outcome: 'it runs under the same filter and mounts',
    stoppedBy: 'nothing is decided by a program\'s name',
    async attempt(lab) {
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.'] } } });
      const { stdout } = await sandbox.script('cp probe copy; for start in ./copy "env ./probe" "xargs ./probe" "setsid -w ./probe" "nice ./probe"; do echo ptrace-child | xargs $start </dev/stdin; done; find . -name probe -exec {} ptrace-child \\;');
      assert.deepEqual(new Set(stdout.trim().split('\n')), new Set(['EPERM']));
    },
    allowed: async (lab) => assert.equal((await (await lab.open()).script(`env ./probe call ${number('personality')} 0xffffffff`)).stdout, 'ok\n'),
  },
];

function typingAttack(id: string, name: string, request: string): Attack {
  const onTerminal = async (lab: Lab, ...command: string[]): Promise<TestTerminal> => {
    const { directory } = await lab.open({ files: { 'policy.json': JSON.stringify(policyOf()) } });
    return openTerminal(lab.context, process.execPath, [srtCommand, '-s', 'policy.json', ...command], { cwd: directory });
  };
  return {
    id,
    name,
    outcome: 'EPERM',
    stoppedBy: FILTER,
    attempt: async (lab) => assert.equal((await (await onTerminal(lab, './probe', 'type-into-terminal', request)).expect(/\b(EPERM|E[A-Z]+|ok)\b/))[1], 'EPERM'),
    allowed: async (lab) => assert.ok(await (await onTerminal(lab, 'stty', 'size')).expect(/24 80/)),
  };
}
