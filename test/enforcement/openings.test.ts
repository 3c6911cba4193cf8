import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { root } from '../support/cli';
import { policyOf } from '../support/policies';
import { openSandbox, whyNotEnforced } from '../support/sandbox';

const skip = whyNotEnforced() ?? (spawnSync('cc', ['--version']).error ? 'no C compiler (apt install gcc libc6-dev)' : false);

/** Names are held in each: by the first against changes, by the second against reading too. */
const policies = { changes: policyOf({ filesystem: { allowWrite: ['.'] } }), reads: policyOf({ filesystem: { allowWrite: ['.'], denyRead: ['**/.env'] } }) };

describe('a file that the supervisor opens gets to the program that asked for it, and to nobody else', { skip }, () => {
  for (const how of ['threads', 'children', 'crowd', 'vfork', 'closed', 'signals', 'few'])
    for (const [held, policy] of Object.entries(policies))
      it(`${how}, ${held} held`, async (context) => {
        const sandbox = await openSandbox(context, { policy, files: { 'work/': '' } });
        const program = join(sandbox.directory, 'openings');
        const { status, stderr } = spawnSync('cc', ['-O1', '-D_GNU_SOURCE', '-pthread', '-Wall', '-Wextra', '-Werror', '-o', program, join(root, 'test', 'fixtures', 'watching', 'openings.c')], { encoding: 'utf8' });
        assert.equal(status, 0, stderr);
        const { stdout } = await sandbox.script(`cd work && exec ../openings ${how}`);
        assert.equal(stdout, 'ok\n');
        assert.deepEqual(sandbox.violations(), []);
      });
});
