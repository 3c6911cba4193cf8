import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import { join } from 'node:path';

import { srt } from '../support/cli';
import { policyOf } from '../support/policies';
import { temporaryDirectory } from '../support/temporary';

describe('policies for Windows, on another system', () => {
  const policy = policyOf({ filesystem: { denyRead: ['~\\.ssh'], allowWrite: ['.', 'D:\\Out'], denyWrite: ['%USERPROFILE%\\Project\\CON'] } });

  it('are explained, shown and checked as Windows reads them', async (context) => {
    const home = join(temporaryDirectory({ after: (undo) => context.after(undo) }, { 'me/project/policy.json': JSON.stringify(policy) }), 'me');
    const run = (...args: string[]): ReturnType<typeof srt> => srt([...args, '--platform', 'windows'], { cwd: join(home, 'project'), env: { HOME: home } });
    const read = await run('explain', '-s', 'policy.json', 'read', 'C:\\USERS\\ME\\.SSH\\id');
    assert.match(read.stdout, /^denied .*\n {2}because {2}denied by "~\\\.ssh" in denyRead[^]*Allow reading C:\\users\\me\\\.ssh\\id/);
    assert.match((await run('explain', '-s', 'policy.json', 'write', 'd:/out/x')).stdout, /^allowed /);
    assert.match((await run('explain', '-s', 'policy.json', 'write', '\\\\server\\share\\x')).stdout, /^denied /);
    const device = await run('explain', '-s', 'policy.json', 'read', '\\\\?\\Volume{1}\\me\\.ssh\\id');
    assert.deepEqual([device.code, device.stderr.includes('expected a path with a drive or a share')], [1, true]);
    assert.match((await run('effective', '-s', 'policy.json')).stdout, /Relative paths start from C:\\users\\me\\project; ~ is C:\\users\\me\./);
    const checked = await run('check', 'policy.json');
    assert.deepEqual([checked.stdout.match(/suspicious-path/g)?.length, checked.stdout.includes('"CON" is the name of a device')], [1, true], checked.stdout);
  });

  it('are tested by paths of Windows', async (context) => {
    const tests = { policy: 'policy.json', tests: [{ expect: 'deny', read: ['~/.SSH/id'], write: ['E:\\x'] }, { expect: 'allow', write: ['SRC\\x', 'D:\\out\\y'] }] };
    const home = join(temporaryDirectory({ after: (undo) => context.after(undo) }, { 'me/project/policy.json': JSON.stringify(policy), 'me/project/a.srt-test.json': JSON.stringify(tests) }), 'me');
    const { code, stdout } = await srt(['test', '--platform', 'windows'], { cwd: join(home, 'project'), env: { HOME: home } });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /4 met, 0 not met/);
  });
});
