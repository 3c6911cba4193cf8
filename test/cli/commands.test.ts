import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { srt } from '../support/cli';
import { policyOf } from '../support/policies';
import { whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

const skip = whyNotEnforced() ?? false;
const policy = policyOf({ filesystem: { allowWrite: ['.'] }, commands: { deny: [{ command: 'git push', guidance: 'Open a pull request instead.' }], ask: ['touch asked'] } });

describe('srt with command rules', { skip }, () => {
  it('refuses a line that would run a denied command, with the rule and its guidance, and runs nothing of it', async (context) => {
    const directory = temporaryDirectory(context, { 'policy.json': JSON.stringify(policy) });
    const run = (line: string): ReturnType<typeof srt> => srt(['-s', 'policy.json', '-c', line], { cwd: directory });
    const denied = await run('touch made; echo x | xargs git -C . push');
    assert.equal(denied.code, 1);
    assert.equal(denied.stderr, `srt: refused by the rule at policy.json:1:${JSON.stringify(policy).indexOf('{"command"') + 1}\nError: the policy does not allow this command:\n  - "git -C . push" is covered by "git push" in commands.deny: Open a pull request instead.\n`);
    assert.match((await srt(['-s', 'policy.json', '--report', 'json', 'git', 'push'], { cwd: directory })).stderr, /"source":"launch"/);
    const asked = await run('touch asked');
    assert.deepEqual([asked.code, asked.stderr.includes('and nobody can be asked here')], [1, true]);
    assert.deepEqual(['made', 'asked'].filter((name) => existsSync(join(directory, name))), []);
    assert.deepEqual(await run('echo git push'), { code: 0, signal: null, stdout: 'git push\n', stderr: '' });
  });
});
