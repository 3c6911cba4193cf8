import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { findDelegatedCgroup } from 'sandbox-core/internal/host/delegated-cgroup';
import type { CgroupController } from 'sandbox-core/internal/host/facts';
import { limitRefusals, planCgroup, planLimits } from 'sandbox-core/internal/plan/limits';
import { absolutePath } from 'sandbox-core/policy';

import { policyOf } from '../../support/policies';
import { temporaryDirectory } from '../../support/temporary';

const LIMITED = policyOf({ limits: { memoryMiB: 64, processes: 5, openFiles: 20 } });
const parent = absolutePath('/sys/fs/cgroup/app.slice');
const cgroupOf = (...controllers: CgroupController[]): { directory: typeof parent; controllers: CgroupController[] } => ({ directory: parent, controllers });

describe('planning limits', () => {
  it('has a cgroup hold what its controllers can, with room for the processes of the sandbox itself', () => {
    const { limits, cgroup } = planCgroup(planLimits(LIMITED), cgroupOf('memory', 'pids'));
    assert.deepEqual(limits.map(({ name }) => name), ['open-files']);
    assert.deepEqual(cgroup, { parent, files: [{ file: 'pids.max', value: 7, limit: 'processes' }, { file: 'memory.max', value: 67_108_864, limit: 'memory' }] });
    assert.deepEqual(planCgroup(planLimits(LIMITED), cgroupOf('pids')).limits.map(({ name }) => name), ['memory', 'open-files']);
  });

  it('leaves all to the kernel\'s limits for each process where none is delegated, and makes none for others', () => {
    assert.deepEqual(planCgroup(planLimits(LIMITED), undefined), { limits: planLimits(LIMITED) });
    assert.deepEqual(planCgroup(planLimits(policyOf({ limits: { cpuSeconds: 1 } })), cgroupOf('memory', 'pids')).cgroup, undefined);
  });

  it('takes the tighter of the policy\'s and the command\'s', () => {
    assert.deepEqual(planCgroup(planLimits(LIMITED, { processes: 3 }), cgroupOf('pids')).cgroup?.files, [{ file: 'pids.max', value: 5, limit: 'processes' }]);
  });

  it('refuses, for root, a number of processes that no cgroup holds', () => {
    const refused = (user: number, ...controllers: CgroupController[]): number => limitRefusals(LIMITED, {}, { user, ...(controllers.length > 0 && { cgroup: cgroupOf(...controllers) }) }).length;
    assert.deepEqual([refused(0), refused(0, 'memory'), refused(0, 'memory', 'pids'), refused(1000)], [1, 1, 0, 0]);
  });
});

describe('a delegated cgroup', () => {
  it('is the nearest one around that may have others with controllers', (context) => {
    const root = temporaryDirectory(context, { 'cgroup.procs': '', 'app.slice/cgroup.procs': '', 'app.slice/shell.scope/cgroup.procs': '' });
    const find = (own: string, given: Readonly<Record<string, string>>, mount = `30 23 0:26 / ${root} rw,nosuid - cgroup2 cgroup2 rw`): unknown => findDelegatedCgroup({
      readText: (path) => ({ '/proc/self/cgroup': own, '/proc/self/mountinfo': `23 1 0:5 / /proc rw - proc proc rw\n${mount}` })[path] ?? given[path.slice(root.length + 1).replace('/cgroup.subtree_control', '')],
    });
    const inShell = '4:memory:/x\n0::/app.slice/shell.scope';
    assert.deepEqual(find(inShell, { 'app.slice': 'cpu memory pids' }), { directory: `${root}/app.slice`, controllers: ['memory', 'pids'] });
    assert.deepEqual(find(inShell, { 'app.slice': 'cpu', 'cgroup.subtree_control': 'pids' }), { directory: root, controllers: ['pids'] });
    assert.deepEqual(find('0::/gone', { gone: 'memory pids' }), undefined, 'it may not be written');
    for (const [own, mount] of [['4:memory:/x', undefined], ['0::/../other', undefined], [inShell, '']] as const) assert.equal(find(own, { 'app.slice': 'memory' }, mount), undefined);
  });
});
