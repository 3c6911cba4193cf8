import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { PolicyRefusedError } from 'sandbox-core';

import { policyOf } from '../support/policies';
import { openSandbox, whyNotEnforced } from '../support/sandbox';

const skip = whyNotEnforced() ?? false;
const isRoot = process.getuid?.() === 0;

describe('limits', { skip }, () => {
  it('of open files, file size and memory are the kernel\'s', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ limits: { openFiles: 20, fileSizeMiB: 1, memoryMiB: 64 }, filesystem: { allowWrite: ['.'] } }) });
    assert.equal((await sandbox.script('ulimit -n -f -d')).stdout.replaceAll(/.*\) /g, ''), '20\n1024\n65536\n');
    assert.match((await sandbox.script('for n in {10..40}; do eval "exec $n</dev/null" || exit 1; done')).stderr, /Too many open files|20: Bad file descriptor/);
    const large = await sandbox.run(['dd', 'if=/dev/zero', 'of=large', 'bs=1M', 'count=2']);
    assert.equal(large.signal, 'SIGXFSZ');
    assert.deepEqual(sandbox.violations(), ['exceed limits.fileSizeMiB /limits/fileSizeMiB']);
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

  it('of processes hold for each command by itself', { skip: isRoot ? 'the kernel does not count the processes of root' : false }, async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ limits: { processes: 5 } }) });
    const run = (count: number): ReturnType<typeof sandbox.run> => sandbox.run(['sh', '-c', `for n in $(seq ${count}); do sleep 0.2 & done; wait; echo fine`]);
    assert.deepEqual((await Promise.all([run(3), run(3)])).map(({ stdout }) => stdout), ['fine\n', 'fine\n']);
    assert.match((await run(8)).stderr, /Cannot fork/);
  });

  it('that cannot be held refuse the command by name', { skip: isRoot ? false : 'only for root there is one' }, async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ limits: { processes: 5 } }) });
    await assert.rejects(sandbox.script('true'), (error) => error instanceof PolicyRefusedError && error.refusals[0]?.pointer === '/limits/processes');
  });
});
