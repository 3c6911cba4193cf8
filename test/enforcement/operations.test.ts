import { strict as assert } from 'node:assert';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import { currentHost } from 'sandbox-core';
import { resolvePolicyOnHost } from 'sandbox-core/internal/host/resolve-policy';
import { absolutePath, decide, type Violation } from 'sandbox-core/policy';

import { root } from '../support/cli';
import { fixtures } from '../support/golden';
import { policyOf } from '../support/policies';
import { openSandbox, whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

/** As the program's `list` says. */
interface Operation {
  readonly name: string;
  readonly prepared: 'file' | 'program' | 'directory' | 'nothing';
  /** A violation's operation, `-`, `look`, `execute`, `call` or `absent`. */
  readonly recorded: string;
}

const source = join(fixtures, 'operations', 'operations.c');
const skip = whyNotEnforced() ?? (spawnSync('cc', ['--version']).status === 0 ? false : 'the operations are tried by a C program, and there is no compiler (cc)');
/** errno(3): what the kernel says where the sandbox is the reason. */
const REFUSED = new Set([1, 13, 30, 38]);
const NOT_SUPPORTED = 95;
/** `closed` lies in `allowed`. */
const POLICY = policyOf({ filesystem: { allowWrite: ['./allowed', './allowed-too'], denyWrite: ['./allowed/closed'], denyRead: ['./hidden'] } });
/** What they are recorded as, by operation. */
const CALLS: Readonly<Record<string, string>> = {
  mount: 'mount', umount: 'umount2', pivot_root: 'pivot_root', chroot: 'chroot', unshare_user: 'unshare CLONE_NEWUSER', setns: 'setns', ptrace: 'ptrace', process_vm_readv: 'process_vm_readv', bpf: 'bpf',
  perf_event_open: 'perf_event_open', keyctl: 'keyctl', init_module: 'init_module', kexec_load: 'kexec_load', swapon: 'swapon', userfaultfd: 'userfaultfd', open_by_handle_at: 'open_by_handle_at', sethostname: 'sethostname',
  settimeofday: 'settimeofday', personality: 'personality', prlimit_supervisor: 'prlimit64 of pid 1', type_into_terminal: 'ioctl TIOCSTI', socket_packet: 'socket AF_PACKET SOCK_RAW', socket_raw: 'socket AF_INET SOCK_RAW', socket_icmp: 'socket AF_INET SOCK_DGRAM protocol 1', socket_icmp6: 'socket AF_INET6 SOCK_DGRAM protocol 58', socket_vsock: 'socket AF_VSOCK SOCK_STREAM',
  socket_unix_datagram: 'socket AF_UNIX SOCK_DGRAM', socket_audit: 'socket AF_NETLINK SOCK_RAW protocol 9',
  fchmod_set_id: 'fchmod with a set id bit', fchmodat_set_id: 'fchmodat with a set id bit', fchmodat2_set_id: 'fchmodat2 with a set id bit', open_set_id: 'openat with a set id bit', mknodat_set_id: 'mknodat with a set id bit',
}; // prettier-ignore
/** Refused nowhere but where it is hidden, or whatever the policy says of paths. */
const NOT_BY_WRITING: readonly string[] = ['-', 'look', 'execute', 'call', 'absent'];
const PLACES = ['allowed', 'denied', 'allowed/closed'] as const;

function compile(context: TestContext, linking: 'static' | 'dynamic'): { readonly program: string; readonly operations: readonly Operation[] } {
  const program = join(temporaryDirectory(context), 'operations');
  execFileSync('cc', ['-w', ...(linking === 'static' ? ['-static'] : []), '-o', program, source]);
  const lines = execFileSync(program, ['list'], { encoding: 'utf8' }).trimEnd().split('\n');
  const operations = lines.map((line) => line.split('\t')).map(([name = '', prepared = '', recorded = '']) => ({ name, prepared, recorded }) as Operation);
  return { program, operations };
}

function prepare(directory: string, operations: readonly Operation[]): void {
  mkdirSync(directory, { recursive: true });
  for (const { name, prepared } of operations) {
    if (prepared === 'file') writeFileSync(join(directory, name), 'content');
    if (prepared === 'program') writeFileSync(join(directory, name), '#!/bin/true\n', { mode: 0o755 });
    if (prepared === 'directory') mkdirSync(join(directory, name));
  }
}

/** The program in a sandbox: what each operation came to in each directory, and what was recorded of it. */
async function perform(context: TestContext, linking: 'static' | 'dynamic', places: readonly string[]) {
  const { program, operations } = compile(context, linking);
  const directory = temporaryDirectory(context);
  for (const place of places) prepare(join(directory, place), operations);
  writeFileSync(join(directory, 'program'), readFileSync(program), { mode: 0o755 });
  const { session, run } = await openSandbox(context, { policy: POLICY, directory });
  const { code, stdout, stderr } = await run([join(directory, 'program'), 'run', ...places.map((place) => join(directory, place))]);
  assert.equal(code, 0, stderr);
  const errors = new Map(stdout.trimEnd().split('\n').map((line) => line.split('\t')).map(([name, place, error]) => [`${place}/${name}`, Number(error)]));
  const { violations } = session.violations;
  const outcome = (place: string, { name }: Operation): { readonly error: number; readonly recorded: readonly Violation[] } => {
    const path = join(directory, place, name);
    return { error: errors.get(path) ?? -1, recorded: violations.filter(({ target }) => target === path || target === `${path}.other` || (target.startsWith(`${path}-`) && !target.includes('/', path.length))) };
  };
  return { directory, operations, outcome, violations };
}

for (const linking of ['dynamic', 'static'] as const)
  describe(`every operation of a ${linking} program`, { skip }, () => {
    it('is recorded exactly when it is refused, and as what it is', async (context) => {
      const { operations, outcome } = await perform(context, linking, PLACES);
      assert.ok(operations.length >= 60);
      const wrong: string[] = [];
      for (const operation of operations)
        for (const place of PLACES) {
          const { error, recorded } = outcome(place, operation);
          const [isRecorded, isRefused] = [recorded.length > 0, REFUSED.has(error)];
          const what = recorded.map((violation) => `${violation.operation} ×${violation.count}`).join(', ');
          const expected = place === 'allowed' || NOT_BY_WRITING.includes(operation.recorded) || error === NOT_SUPPORTED ? '' : `${operation.recorded} ×1`;
          if (what !== expected) wrong.push(`${operation.name} in ${place}: recorded "${what}" rather than "${expected}" (errno ${error})`);
          const mayBeRefused = ['call', 'absent'].includes(operation.recorded) || (place !== 'allowed' && !NOT_BY_WRITING.includes(operation.recorded));
          // The kernel looks at the mount first: "read-only" is its answer to removing what is not there, and nothing was refused.
          const isMissing = operation.name.endsWith('_missing');
          if (isRefused !== mayBeRefused && !isMissing && error !== NOT_SUPPORTED) wrong.push(`${operation.name} in ${place}: errno ${error}${isRecorded ? ', recorded' : ''}`);
        }
      assert.deepEqual(wrong, []);
    });

    it('is recorded as the system call that every sandbox refuses', async (context) => {
      const { operations, violations } = await perform(context, linking, PLACES);
      const calls = violations.filter(({ kind }) => kind === 'system-call');
      assert.deepEqual(calls.map(({ target }) => target).sort(), Object.values(CALLS).sort());
      assert.deepEqual(operations.filter(({ recorded }) => recorded === 'call').map(({ name }) => name), Object.keys(CALLS));
      for (const { count, operation, program, rule } of calls) assert.deepEqual([count, operation, program?.split('/').at(-1), rule], [PLACES.length, 'call', 'program', { kind: 'built-in', name: 'system-calls' }]);
    });

    it('is refused and recorded where nothing may be read', async (context) => {
      const { operations, outcome } = await perform(context, linking, ['hidden']);
      // An open that gives no access is not asked about in static programs.
      const direct = /^(exec|posix_spawn|open_(?!path)|creat|fopen|mkdir|mkfifo|mknod|symlink|unlink|rmdir|remove|rename|truncate|chmod|chown|lchown|utimes?|setxattr|lsetxattr)(?!at)/;
      const tried = operations.filter(({ name, recorded }) => recorded === 'look' || (direct.test(name) && recorded !== 'call' && !name.endsWith('at') && name !== 'unlinkat_directory'));
      assert.ok(tried.length > 30);
      // What is hidden is refused all the same where there is nothing, but nothing was lost by it.
      const recordsOf = ({ name, recorded }: Operation): number => (name.endsWith('_missing') || (recorded === 'look' && linking === 'static') ? 0 : 1);
      assert.deepEqual(tried.map((operation) => ({ name: operation.name, expected: recordsOf(operation), ...outcome('hidden', operation) })).filter(({ expected, error, recorded }) => error !== 13 || recorded.length !== expected).map(({ name, error, recorded }) => `${name}: errno ${error}, ${recorded.length} records`), []);
    });

    it('is laid to the rule that srt explain names', async (context) => {
      const performed = await perform(context, linking, [...PLACES, 'hidden']);
      const { directory } = performed;
      const violations = performed.violations.filter(({ kind }) => kind === 'filesystem');
      const { policy } = await resolvePolicyOnHost(POLICY, { base: absolutePath(directory), home: currentHost().home });
      assert.ok(violations.length > 100);
      assert.deepEqual([...new Set(violations.map(({ rule }) => (rule.kind === 'built-in' ? rule.name : rule.pointer)))].sort(), ['/filesystem/allowWrite', '/filesystem/denyRead/0', '/filesystem/denyWrite/0']);
      for (const { target, rule, reason, operation } of violations) {
        const decision = decide(policy, { kind: operation === 'read' ? 'read' : 'write', path: absolutePath(target) });
        assert.deepEqual({ outcome: decision.outcome, rule: decision.rule, reason: decision.reason }, { outcome: 'deny', rule, reason }, `${operation} ${target}`);
      }
    });
  });

describe('a link to a hidden file', { skip }, () => {
  it('is refused, and recorded with the rule that hides it', async (context) => {
    const { script, violations } = await openSandbox(context, { policy: POLICY, files: { 'allowed/a': '', 'hidden/file': 'secret' } });
    assert.notEqual((await script('ln hidden/file allowed/stolen; ln allowed/missing allowed/b')).code, 0);
    assert.ok(violations().some((line) => /^create .*\/hidden\/file \/filesystem\/denyRead\/0$/.test(line)), violations().join('\n'));
    assert.ok(!violations().some((line) => line.includes('missing')));
  });
});

describe('docs/operations.md', { skip }, () => {
  it('is what was tried: UPDATE_GOLDEN=1 node scripts/test.mjs enforcement/operations.test.ts', (context) => {
    const file = join(root, 'docs', 'operations.md');
    const page = operationsPage(compile(context, 'dynamic').operations);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, page);
    assert.equal(readFileSync(file, 'utf8'), page);
  });
});

function operationsPage(operations: readonly Operation[]): string {
  const named = (recorded: (value: string) => boolean): string => operations.filter((operation) => recorded(operation.recorded)).map(({ name }) => `\`${name}\``).join(', ');
  const rows = ['write', 'create', 'remove', 'rename', 'change'].map((operation) => `| \`${operation}\` | ${named((recorded) => recorded === operation)} |`);
  return `<!-- Written by: UPDATE_GOLDEN=1 node scripts/test.mjs enforcement/operations.test.ts. Do not edit. -->
# What is recorded

\`test/enforcement/operations.test.ts\` tries ${operations.length} operations, by a dynamic and a static program, as root and as an ordinary user, where the policy
allows writing, where no entry does, where \`denyWrite\` forbids it, and where \`denyRead\` does. The names are those of
\`test/fixtures/operations/operations.c\`.

Refused, and recorded once each with the operation, the rule, the program and the command; where they are allowed, nothing is:

| operation | |
|---|---|
${rows.join('\n')}

Under a denied directory of \`denyRead\`, opening to read is recorded as \`read\`; so is opening in any other way, and executing:
${named((recorded) => recorded === 'execute')}. Of what is not there outside either, nothing is recorded.

Looked at or entered only, which nothing but a denied directory refuses: ${named((recorded) => recorded === 'look')}. Of programs that the library is loaded into
(docs/violations.md), these are recorded as \`read\`; a static program's are refused just so, but to notice that would cost each such call of
every program. Below a directory that can be passed through to something allowed they find nothing ("No such file"), and are not recorded.

Not refused where something may not be written, or failing by themselves, and so not recorded there: ${named((recorded) => recorded === '-')}.

Refused for every command, whatever its policy says of paths, and recorded as \`call\` under the built-in rule \`system-calls\`: ${named((recorded) => recorded === 'call')}.

Answered as if the kernel did not have them (\`ENOSYS\`), and not recorded, since programs try them first and do without: ${named((recorded) => recorded === 'absent')}.
`;
}
