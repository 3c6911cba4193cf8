import { strict as assert } from 'node:assert';

import { PolicyRefusedError } from 'sandbox-core';

import { isDelegated } from '../../support/cgroup';
import type { Attack } from '../attack';

const isRoot = process.getuid?.() === 0;
const SECRETS = { PATH: process.env['PATH'] ?? '', AWS_SECRET_ACCESS_KEY: 'hunter2', GITHUB_TOKEN: 'hunter2', HTTPS_PROXY: 'http://user:hunter2@proxy.test', LANG: 'C' };

export const resourceAttacks: readonly Attack[] = [
  {
    id: 'K14',
    name: 'start processes without end (fork bomb)',
    outcome: 'EAGAIN; for root without a delegated cgroup the policy is refused',
    stoppedBy: 'limits.processes: the kernel counts the processes of the sandbox\'s user namespace',
    async attempt(lab) {
      const sandbox = await lab.open({ policy: { limits: { processes: 50 } } });
      if (isRoot && !isDelegated) await assert.rejects(sandbox.probe('fork-bomb', '500'), PolicyRefusedError);
      else assert.equal(await sandbox.probe('fork-bomb', '500'), 'EAGAIN');
    },
    allowed: async (lab) => assert.equal(await (await lab.open({ policy: isRoot && !isDelegated ? {} : { limits: { processes: 50 } } })).probe('fork-bomb', '20'), 'ok'),
  },
  {
    id: 'K14a',
    name: 'stay for ever',
    outcome: 'the command and what it started are ended, and it is reported',
    stoppedBy: 'limits.wallSeconds: a timer in pid 1',
    async attempt(lab) {
      const sandbox = await lab.open({ policy: { limits: { wallSeconds: 1 } } });
      assert.equal((await sandbox.script('trap "" TERM INT HUP; (setsid sleep 1000 &); sleep 1000')).signal, 'SIGKILL');
      assert.deepEqual(sandbox.violations(), ['exceed limits.wallSeconds /limits/wallSeconds']);
    },
    allowed: async (lab) => assert.equal((await (await lab.open({ policy: { limits: { wallSeconds: 60 } } })).run(['true'])).code, 0),
  },
  {
    id: 'K15',
    name: 'take all memory',
    outcome: 'ENOMEM; with a delegated cgroup it is ended, and reported',
    stoppedBy: 'limits.memoryMiB, for each process or the command as a whole',
    async attempt(lab) {
      const sandbox = await lab.open({ policy: { limits: { memoryMiB: 64 } } });
      const answer = await sandbox.probe('allocate', '128');
      if (isDelegated) assert.deepEqual(sandbox.violations(), ['exceed limits.memoryMiB /limits/memoryMiB']);
      else assert.equal(answer, 'ENOMEM');
    },
    allowed: async (lab) => assert.equal(await (await lab.open({ policy: { limits: { memoryMiB: 64 } } })).probe('allocate', '16'), 'ok'),
  },
  {
    id: 'K15a',
    name: 'open files without end',
    outcome: 'EMFILE',
    stoppedBy: 'limits.openFiles',
    attempt: async (lab) => assert.equal(await (await lab.open({ policy: { limits: { openFiles: 64 } } })).probe('open-many', '100'), 'EMFILE'),
    allowed: async (lab) => assert.equal(await (await lab.open({ policy: { limits: { openFiles: 64 } } })).probe('open-many', '20'), 'ok'),
  },
  {
    id: 'K15b',
    name: 'write a file without end',
    outcome: 'SIGXFSZ, and it is reported',
    stoppedBy: 'limits.fileSizeMiB',
    async attempt(lab) {
      const sandbox = await lab.open({ policy: { limits: { fileSizeMiB: 1 }, filesystem: { allowWrite: ['.'] } } });
      assert.equal((await sandbox.run(['dd', 'if=/dev/zero', 'of=large', 'bs=1M', 'count=64'])).signal, 'SIGXFSZ');
      assert.deepEqual(sandbox.violations(), ['exceed limits.fileSizeMiB /limits/fileSizeMiB']);
    },
    allowed: async (lab) => assert.equal((await (await lab.open({ policy: { limits: { fileSizeMiB: 8 }, filesystem: { allowWrite: ['.'] } } })).run(['dd', 'if=/dev/zero', 'of=small', 'bs=1M', 'count=2'])).code, 0),
  },
  {
    id: 'K15c',
    name: 'raise a limit again',
    outcome: 'EPERM',
    stoppedBy: 'the hard limit is set too, and there is no capability to raise it',
    attempt: async (lab) => assert.match((await (await lab.open({ policy: { limits: { openFiles: 64 } } })).script('ulimit -n 65')).stderr, /not permitted|cannot modify/),
    allowed: async (lab) => assert.equal((await (await lab.open({ policy: { limits: { openFiles: 64 } } })).script('ulimit -n 32; ulimit -n')).stdout, '32\n'),
  },
  {
    id: 'K21',
    name: 'reach the programs around the sandbox with injected variables (LD_PRELOAD, NODE_OPTIONS …)',
    outcome: 'they do not see them; with dropInjection neither does the command',
    stoppedBy: 'bubblewrap and the helper are started without an environment',
    async attempt(lab) {
      const environment = { PATH: process.env['PATH'] ?? '', LD_PRELOAD: '/nonexistent/evil.so', LD_AUDIT: '/nonexistent/evil.so', NODE_OPTIONS: '--require /nonexistent/evil', BASH_ENV: '/nonexistent/evil' };
      const sandbox = await lab.open({ environment, policy: { environment: { dropInjection: true } } });
      const { code, stdout, stderr } = await sandbox.script('env');
      assert.deepEqual([code, stderr, stdout.includes('evil')], [0, '', false]);
    },
    allowed: async (lab) => assert.match((await (await lab.open({ environment: { PATH: process.env['PATH'] ?? '', NODE_OPTIONS: '--no-warnings' } })).run(['env'])).stdout, /NODE_OPTIONS=--no-warnings/),
  },
  {
    id: 'K22',
    name: 'read the caller\'s secrets from the environment',
    outcome: 'they are not there',
    stoppedBy: 'environment.dropSecrets; proxy settings never pass',
    async attempt(lab) {
      const sandbox = await lab.open({ environment: SECRETS, policy: { environment: { dropSecrets: true } } });
      assert.doesNotMatch((await sandbox.script('env; cat /proc/self/environ /proc/1/environ; true')).stdout, /hunter2/);
    },
    allowed: async (lab) => assert.match((await (await lab.open({ environment: SECRETS, policy: { environment: { dropSecrets: true, allow: ['GITHUB_TOKEN'] } } })).run(['env'])).stdout, /GITHUB_TOKEN=hunter2/),
  },
];
