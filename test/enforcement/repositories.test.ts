import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import type { Policy } from 'sandbox-core/policy';

import { policyOf } from '../support/policies';
import { openSandbox, whyNotEnforced, type Outcome } from '../support/sandbox';

const skip = whyNotEnforced() ?? false;

interface Made {
  readonly directory: string;
  readonly outcome: Outcome;
  /** By repository: what is said of it. */
  readonly said: Readonly<Record<string, string>>;
}

async function make(context: TestContext, script: string, filesystem: Partial<Policy['filesystem']> = {}, files: Readonly<Record<string, string>> = {}): Promise<Made> {
  const notices: string[] = [];
  const { session, directory, script: run } = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'], ...filesystem } }), files, notice: (text) => notices.push(text) });
  const outcome = await run(script, { environment: { ...process.env, GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b.test', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b.test' } });
  await session.stop();
  const lines = notices.flatMap((notice) => notice.split('\n').slice(1));
  return { directory, outcome, said: Object.fromEntries(lines.map((line) => line.trim().replace(`${directory}/`, '').split(': ')).map(([path = '', what = '']) => [path, what])) };
}

describe('repositories that a command makes', { skip }, () => {
  it('are nothing to speak of if git init, clone and worktree made them', async (context) => {
    const { outcome, said, directory } = await make(context, 'git init -q a && git -C a commit -q --allow-empty -m one && git clone -q a b && git clone -q --bare a c.git && git -C b worktree add -q ../w');
    assert.deepEqual([outcome.code, outcome.stderr], [0, '']);
    assert.ok(existsSync(join(directory, 'b/.git/config')));
    assert.deepEqual(said, {});
  });

  it('are named at the end, with what may make git run programs', async (context) => {
    const { outcome, said } = await make(context, `
      git init -q a; git -C a config core.fsmonitor evil; git -C a config alias.x '!evil'; git -C a config user.name a
      git init -q --bare b; printf '[include]\\n\\tpath = /evil\\n' >> b/config
      git init -q c; mkdir elsewhere; mv c/.git/config elsewhere/config; echo ../../elsewhere > c/.git/commondir
      mkdir -p d/objects d/refs; mkfifo d/config; touch d/HEAD
      git init -q --bare g; mkdir g/hooks; touch g/hooks/post-update; git init -q e; echo '[core' > e/.git/config
      git init -q f; printf '[filter "x\\033[2J"]\\n\\tclean = evil\\n' > f/.git/config`);
    assert.equal(outcome.code, 0);
    assert.deepEqual(said, {
      'a/.git/config': 'core.fsmonitor, alias.x',
      'b/config': 'include.path',
      'c/.git/config': 'a file commondir',
      'd/config': 'what cannot be read',
      'e/.git/config': 'what cannot be read',
      'g/config': 'hooks',
      'f/.git/config': 'filter.x\ufffd[2J.clean',
    });
  });

  it('are not named if they were there before, as their settings are held', async (context) => {
    const { outcome, said } = await make(context, 'git -C a config core.fsmonitor evil', {}, { 'a/.git/HEAD': 'ref: refs/heads/main\n', 'a/.git/config': '[core]\n\tpager = mine\n', 'a/.git/objects/': '', 'a/.git/refs/': '' });
    assert.notEqual(outcome.code, 0);
    assert.deepEqual(said, {});
  });

  it('are not named if the policy lifts the protection', async (context) => {
    assert.deepEqual((await make(context, 'git init -q a; git -C a config core.fsmonitor evil', { allowGitConfig: true })).said, {});
  });

  it('are held from the next command of the session on', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'] } }) });
    assert.equal((await sandbox.script('git init -q a && git -C a config core.fsmonitor mine')).code, 0);
    assert.notEqual((await sandbox.script('git -C a config core.fsmonitor evil')).code, 0);
    assert.equal((await sandbox.script('git config --file a/.git/config core.fsmonitor')).stdout, 'mine\n');
  });
});
