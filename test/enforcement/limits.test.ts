import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { describe, it } from 'node:test';

import { createSession, currentHost, PolicyRefusedError, SandboxError, type LaunchPlan } from 'sandbox-core';
import { absolutePath } from 'sandbox-core/policy';
import { locateBubblewrap, locateHelper } from 'sandbox-core/internal/host/locate';
import { makeSessionDirectory } from 'sandbox-core/internal/host/session-directory';
import { makeCommandCgroup } from 'sandbox-core/internal/launch/command-cgroup';
import { launchFrame, launchParts } from 'sandbox-core/internal/launch/launch-frame';
import { startPod } from 'sandbox-core/internal/launch/pod';
import { startProcess } from 'sandbox-core/internal/launch/sandbox-process';

import { delegated, isDelegated } from '../support/cgroup';
import { policyOf } from '../support/policies';
import { openSandbox, whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

const skip = whyNotEnforced() ?? false;
const isRoot = process.getuid?.() === 0;

describe('limits', { skip }, () => {
  it('of open files, file size and memory are the kernel\'s', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ limits: { openFiles: 20, fileSizeMiB: 1, memoryMiB: 64 }, filesystem: { allowWrite: ['.'] } }) });
    assert.equal((await sandbox.script('ulimit -n -f -d')).stdout.replaceAll(/.*\) /g, ''), `20\n1024\n${isDelegated ? 'unlimited' : 65536}\n`); // a cgroup counts what is really used
    assert.match((await sandbox.script('for n in {10..40}; do eval "exec $n</dev/null" || exit 1; done')).stderr, /Too many open files|20: Bad file descriptor/);
    const large = await sandbox.run(['dd', 'if=/dev/zero', 'of=large', 'bs=1M', 'count=2']);
    assert.equal(large.signal, 'SIGXFSZ');
    assert.deepEqual(sandbox.violations(), ['exceed limits.fileSizeMiB /limits/fileSizeMiB']);
  });

  it('are reported, too, where a shell passes on what ended its program', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ limits: { fileSizeMiB: 1, openFiles: 30 }, filesystem: { allowWrite: ['.'] } }) });
    assert.equal((await sandbox.script('dd if=/dev/zero of=large bs=1M count=2; exit $?')).code, 153);
    assert.deepEqual(sandbox.violations(), ['exceed limits.fileSizeMiB /limits/fileSizeMiB']);
  });

  for (const denyRead of [['./secret'], []])
    it(`of open files are reported once for each file that was not opened, with ${denyRead.length === 0 ? 'nothing' : 'a file'} denied`, async (context) => {
      const sandbox = await openSandbox(context, { policy: policyOf({ limits: { openFiles: 30 }, filesystem: { denyRead } }), files: { secret: 'x' } });
      const open = 'import os\nfailed = 0\nfor n in range(40):\n  try: os.open("/etc/passwd", os.O_RDONLY)\n  except OSError: failed += 1\nprint(failed)';
      const failed = Number((await sandbox.run(['python3', '-c', open])).stdout);
      assert.ok(failed >= 10);
      assert.deepEqual(sandbox.session.violations.violations.map(({ target, count, rule }) => [target, count, rule]), [['limits.openFiles', failed, { kind: 'policy', pointer: '/limits/openFiles' }]]);
    });

  it('of time end the command and what it started, and are reported', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ limits: { wallSeconds: 1 } }) });
    const { signal } = await sandbox.script('sleep 1000 & sleep 1000');
    assert.deepEqual([signal, sandbox.violations()], ['SIGKILL', ['exceed limits.wallSeconds /limits/wallSeconds']]);
  });

  it('of processor time end the process that is over it', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ limits: { cpuSeconds: 1 } }) });
    const { signal } = await sandbox.run(['bash', '-c', 'while :; do :; done']);
    assert.deepEqual([signal, sandbox.violations()], ['SIGXCPU', ['exceed limits.cpuSeconds /limits/cpuSeconds']]);
  });

  it('of processes hold for each command by itself', { skip: isRoot && !isDelegated ? 'the kernel does not count the processes of root' : false }, async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ limits: { processes: 5 } }) });
    const run = (count: number): ReturnType<typeof sandbox.run> => sandbox.run(['sh', '-c', `for n in $(seq ${count}); do sleep 0.2 & done; wait; echo fine`]);
    assert.deepEqual((await Promise.all([run(3), run(3)])).map(({ stdout }) => stdout), ['fine\n', 'fine\n']);
    assert.deepEqual(sandbox.violations(), []);
    assert.match((await run(8)).stderr, /Cannot fork/);
    assert.deepEqual(sandbox.violations(), ['exceed limits.processes /limits/processes']);
  });

  it('that cannot be held refuse the command by name', { skip: isRoot && !isDelegated ? false : 'only for root without a delegated cgroup there is one' }, async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ limits: { processes: 5 } }) });
    await assert.rejects(sandbox.script('true'), (error) => error instanceof PolicyRefusedError && error.refusals[0]?.pointer === '/limits/processes');
  });
});

describe('limits of a cgroup', { skip }, () => {
  it('hold for all processes of a command together, for root too, and leave nothing', { skip: isDelegated ? false : 'no cgroup (version 2) with memory and pids is delegated here' }, async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ limits: { memoryMiB: 64, processes: 20 } }) });
    const before = readdirSync(delegated!.directory);
    assert.match((await sandbox.script('for n in $(seq 40); do sleep 0.2 & done; wait')).stderr, /fork: .*Resource temporarily unavailable/);
    await sandbox.script('for n in 1 2 3 4; do head -c 24M /dev/zero | tail & done; wait');
    assert.deepEqual(sandbox.violations().sort(), ['exceed limits.memoryMiB /limits/memoryMiB', 'exceed limits.processes /limits/processes']);
    assert.deepEqual(readdirSync(delegated!.directory), before);
  });

  it('refuse the command if they cannot be set after all', async (context) => {
    const cgroup = temporaryDirectory(context, { 'mine/cgroup.procs': '' });
    const files: Readonly<Record<string, string>> = { '/proc/self/cgroup': '0::/mine', '/proc/self/mountinfo': `30 23 0:26 / ${cgroup} rw - cgroup2 cgroup2 rw`, [`${cgroup}/mine/cgroup.subtree_control`]: 'memory pids' };
    const session = await createSession({ policy: policyOf({ limits: { memoryMiB: 64 } }), host: { ...currentHost(), readText: (path) => files[path] }, directory: absolutePath(cgroup) });
    context.after(() => session.stop());
    const started = session.run({ argv: ['true'], directory: absolutePath(cgroup), streams: ['ignore', 'ignore', 'ignore'], terminal: 'none' });
    await assert.rejects(started, (error) => error instanceof SandboxError && error.message.includes('cannot hold the limit of memory with a cgroup in '));
    assert.deepEqual(readdirSync(`${cgroup}/mine`), ['cgroup.procs']);
  });

  const root = /^(?:\S+ ){3}\/ (\S+) .* - cgroup2 /m.exec(readFileSync('/proc/self/mountinfo', 'utf8'))?.[1];
  const cannotMake = ((): string | false => {
    try {
      accessSync(`${root}/cgroup.procs`, constants.W_OK);
      return false;
    } catch {
      return 'no cgroup (version 2) may be made here';
    }
  })();

  it('are joined before bubblewrap starts, and the cgroup goes with the session at the latest', { skip: cannotMake }, async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({}) });
    const { session: sessionDirectory } = makeSessionDirectory(temporaryDirectory(context), currentHost().user);
    const options = { bubblewrap: locateBubblewrap(undefined), helper: locateHelper(), sessionDirectory, standing: [] };
    const pod = await startPod(options);
    const plan = (await sandbox.session.plan({ argv: ['sh', '-c', 'echo; exec sleep 1000'], directory: absolutePath(sandbox.directory), terminal: 'none' })) as LaunchPlan; // on Linux
    const parent = absolutePath(`${root}/srt-test-${process.pid}`);
    mkdirSync(parent);
    context.after(() => rmdirSync(parent));
    const cgroup = makeCommandCgroup({ parent, files: [] }, sessionDirectory);
    const launch = launchFrame({ plan, parts: launchParts(plan, currentHost()), facts: { bubblewrap: options.bubblewrap, makesMounts: pod.makesMounts }, pod: pod.identity, nestedNamespaces: false, cgroup, sessionDirectory });
    const sleep = startProcess(options.helper, launch, ['ignore', 'pipe', 'ignore'], { supervisor: () => undefined });
    await once(sleep.stdout!, 'data');
    assert.equal(readFileSync(cgroup.members, 'utf8').trim().split('\n').length, 3, 'bubblewrap, pid 1 and the command');
    assert.deepEqual(cgroup.close(), [], 'it cannot be removed yet');
    assert.ok(existsSync(cgroup.members));
    sleep.kill();
    await sleep.exited;
    await pod.stop();
    assert.ok(!existsSync(cgroup.members), 'the journal has it');
  });
});
