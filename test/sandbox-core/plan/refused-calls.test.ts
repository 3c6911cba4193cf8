import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { describeRefusedCall } from 'sandbox-core/internal/plan/refused-calls';
import { seccompRules } from 'sandbox-core/internal/plan/seccomp';
import { systemCallNumber, type SystemCallName } from 'sandbox-core/internal/plan/system-calls';

import { fc } from '../../support/properties';

const target = (call: SystemCallName, ...[first = 0, second = 0, third = 0]: number[]): string => describeRefusedCall(systemCallNumber(call, 'x64')!, [first, second, third], 'x64').target;

describe('a refused call', () => {
  it('is named with the arguments that had it refused, and no others', () => {
    assert.deepEqual([target('ptrace', 16, 1), target('unshare', 0x10020000 | 0x400), target('clone', 0x40000011), target('ioctl', 0, 0x5412)], ['ptrace', 'unshare CLONE_NEWNS CLONE_NEWUSER', 'clone CLONE_NEWNET', 'ioctl TIOCSTI']);
    assert.deepEqual([target('socket', 17, 3 | 0o2000000), target('socket', 99, 7), target('socketpair', 1, 2), target('socket', 16, 3, 15)], ['socket AF_PACKET SOCK_RAW', 'socket family 99 type 7', 'socketpair AF_UNIX SOCK_DGRAM', 'socket AF_NETLINK SOCK_RAW protocol 15']);
  });

  it('says which key of the policy lifts it, where one does', () => {
    const why = (call: SystemCallName, ...[first = 0, second = 0]: number[]): string => describeRefusedCall(systemCallNumber(call, 'arm64')!, [first, second, 0], 'arm64').why;
    for (const text of [why('mount'), why('setns'), why('unshare', 0x10000000)]) assert.match(text, /allowNestedUserNamespaces lifts this$/);
    assert.match(why('socket', 1, 2), /network\.allowAllUnixSockets lifts this$/);
    for (const text of [why('ptrace'), why('socket', 2, 3), why('bpf')]) assert.doesNotMatch(text, /lifts/);
  });

  it('has a reason of its own, whichever call of the filter it is', () => {
    const calls = seccompRules({ unixSockets: false, nestedNamespaces: false, performs: 'changes', paths: { reads: false, holdsReads: false, holdsWrites: true, missing: false }, execs: false }).flatMap(({ call, action }) => (action === 'refuse' ? [call] : []));
    const vague = describeRefusedCall(systemCallNumber('execve', 'x64')!, [0, 0, 0], 'x64').why;
    assert.deepEqual(calls.filter((call) => describeRefusedCall(systemCallNumber(call, 'x64')!, [0, 0, 0], 'x64').why === vague), []);
  });

  it('has a short name of plain text, whatever a report says', () => {
    const number = fc.oneof(fc.integer({ min: 0, max: 470 }), fc.maxSafeNat());
    fc.assert(fc.property(number, number, number, number, (call, ...values) => assert.match(describeRefusedCall(call, values, 'x64').target, /^[\w ]{1,200}$/)));
  });
});
