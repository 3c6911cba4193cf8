import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import type { Policy } from 'sandbox-core/policy';

import { policyOf } from '../support/policies';
import { openSandbox, whyNotEnforced, type Outcome } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

const skip = whyNotEnforced() ?? false;

const AUTHOR = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b.test', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b.test' };

interface Made {
  readonly directory: string;
  readonly outcome: Outcome;
  /** By repository: what is said of it. */
  readonly said: Readonly<Record<string, string>>;
}

async function make(context: TestContext, script: string, filesystem: Partial<Policy['filesystem']> = {}, files: Readonly<Record<string, string>> = {}): Promise<Made> {
  const notices: string[] = [];
  const { session, directory, script: run } = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'], ...filesystem } }), files, notice: (text) => notices.push(text) });
  const outcome = await run(script, { environment: { ...process.env, ...AUTHOR } });
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

  it('are named, and held from the next command on, whatever time their directory claims', async (context) => {
    const notices: string[] = [];
    const directory = temporaryDirectory(context, { 'cold/old': '' });
    utimesSync(join(directory, 'cold'), 1_000_000_000, 1_000_000_000);
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'] } }), directory, notice: (text) => notices.push(text) });
    assert.equal((await sandbox.script('git init -q cold/made && touch -d @1000000000 cold')).code, 0);
    assert.notEqual((await sandbox.script('git -C cold/made config core.fsmonitor evil')).code, 0);
    assert.equal((await sandbox.script('git init -q cold/last && git -C cold/last config core.fsmonitor evil && touch -d @1000000000 cold')).code, 0);
    await sandbox.session.stop();
    assert.match(notices.join('\n'), /\n.*cold\/last\/\.git\/config: core\.fsmonitor$/);
  });

  it('are named once, when the command that made them has ended, and again with other settings', async (context) => {
    const notices: Set<string>[] = [];
    let heard: () => void = () => undefined;
    const next = (): Promise<void> => new Promise((resolve) => (heard = resolve));
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'] } }), notice: (text) => (notices.push(new Set(text.split('\n').slice(1))), heard()) });
    const line = (name: string, settings: string): Set<string> => new Set([`  ${sandbox.directory}/${name}/.git/config: ${settings}`]);
    for (const name of ['a', 'b']) {
      const told = next();
      await sandbox.script(`git init -q ${name} && git -C ${name} config core.fsmonitor evil`);
      await told;
    }
    writeFileSync(join(sandbox.directory, 'a/.git/config'), '[core]\n\tpager = evil\n');
    const told = next();
    await sandbox.script('true');
    await told;
    await sandbox.session.stop();
    assert.deepEqual(notices, [line('a', 'core.fsmonitor'), line('b', 'core.fsmonitor'), line('a', 'core.pager')]);
  });

  it('are named and held wherever a new .git leads', async (context) => {
    const script = `
      git init -q --bare node_modules/.e/g; git --git-dir node_modules/.e/g config core.fsmonitor evil; git --git-dir node_modules/.e/g config core.bare false
      git init -q --bare repo/.git/zz; git --git-dir repo/.git/zz config core.pager evil; echo 'gitdir: ../.git/zz' > repo/src/.git
      echo 'gitdir: node_modules/.e/g' > .git`;
    const files = { 'repo/.git/HEAD': 'ref: refs/heads/main\n', 'repo/.git/objects/': '', 'repo/.git/refs/': '', 'repo/src/': '' };
    assert.deepEqual((await make(context, script, {}, files)).said, { 'node_modules/.e/g/config': 'core.fsmonitor', 'repo/.git/zz/config': 'core.pager' });
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'] } }), files });
    await sandbox.script(script);
    assert.equal((await sandbox.script('echo x >> node_modules/.e/g/config; echo x >> repo/.git/zz/config; echo x > repo/.git/free')).stderr.match(/Read-only file system/g)?.length, 2);
    assert.ok(existsSync(join(sandbox.directory, 'repo/.git/free')));
  });

  it('are not named if they were there before, as their settings are held', async (context) => {
    const { outcome, said } = await make(context, 'git -C a config core.fsmonitor evil', {}, { 'a/.git/HEAD': 'ref: refs/heads/main\n', 'a/.git/config': '[core]\n\tpager = mine\n', 'a/.git/objects/': '', 'a/.git/refs/': '' });
    assert.notEqual(outcome.code, 0);
    assert.deepEqual(said, {});
  });

  it('are named with what a rebase that goes on would run, also where they were there before', async (context) => {
    const directory = temporaryDirectory(context);
    const environment = { ...process.env, ...AUTHOR } as Record<string, string>;
    const stopped = `{ git init -q -b main && for i in 1 2 3; do echo $i > f; git add f; git commit -qm $i; done; git checkout -qb topic main~2; for i in x y; do echo $i > f; git commit -qam $i; done; git rebase -q -x 'make test' main; } >/dev/null 2>&1`;
    execFileSync('bash', ['-c', `mkdir there; cd there; ${stopped}; true`], { cwd: directory, env: environment });
    const notices: string[] = [];
    const { session, script } = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'] } }), directory, notice: (text) => notices.push(text), environment });
    const { stdout } = await script(`
      echo ' x  evil # in it' >> there/.git/rebase-merge/git-rebase-todo
      mkdir new done; (cd new; ${stopped}; echo /../evil > .git/rebase-merge/strategy; mkdir .git/sequencer; printf '[options]\n\tstrategy = ours\n\tstrategy = evil\n' > .git/sequencer/opts)
      (cd done; ${stopped}; echo y > f; git add f; for i in 1 2 3 4 5 6; do GIT_EDITOR=true git rebase --continue || { echo y > f; git add f; }; done; git status) 2>/dev/null`);
    await session.stop();
    assert.match(stdout, /^On branch topic$/m, 'rebases inside come to their end');
    assert.deepEqual(notices.flatMap((notice) => notice.split('\n').slice(1)), [
      `  ${directory}/new/.git/rebase-merge/git-rebase-todo: exec make test`,
      `  ${directory}/new/.git/rebase-merge/strategy: strategy /../evil`,
      `  ${directory}/new/.git/sequencer/opts: strategy evil`,
      `  ${directory}/there/.git/rebase-merge/git-rebase-todo: exec evil # in it`,
    ]);
  });

  it('are not named if the policy lifts the protection', async (context) => {
    assert.deepEqual((await make(context, 'git init -q a; git -C a config core.fsmonitor evil', { allowGitConfig: true })).said, {});
  });

  it('may be where nobody can look, which is named, and held from the next command on', { skip: process.getuid?.() === 0 ? 'root can look everywhere' : false }, async (context) => {
    const script = 'mkdir shut; git init -q shut/made; git -C shut/made config core.fsmonitor evil; chmod 311 shut';
    const { directory, said } = await make(context, script);
    chmodSync(join(directory, 'shut'), 0o755);
    assert.deepEqual(said, { shut: 'cannot be looked into' });
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'] } }), files: { 'known/.git/HEAD': 'ref: refs/heads/main\n', 'known/.git/config': '', 'known/.git/objects/': '', 'known/.git/refs/': '' } });
    assert.equal((await sandbox.script(`${script}; chmod 311 known`)).code, 0);
    const { stderr } = await sandbox.script('chmod 755 known; echo x >> known/.git/config; echo x >> shut/made/.git/config; touch free');
    for (const name of ['shut', 'known']) chmodSync(join(sandbox.directory, name), 0o755);
    assert.equal(stderr.match(/Read-only file system/g)?.length, 3);
    assert.ok(existsSync(join(sandbox.directory, 'free')));
  });

  it('are refused, or named, where a name on the way is not UTF-8', async (context) => {
    const { said } = await make(context, "mkdir caf$'\\xe9' free$'\\xe9'; git init -q caf$'\\xe9'/made");
    assert.deepEqual(said, { 'caf\ufffd/made': 'cannot be looked into' });
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'] } }) });
    const odd = (name: string): Buffer => Buffer.concat([Buffer.from(`${sandbox.directory}/caf`), Buffer.of(0xe9), Buffer.from(name)]);
    mkdirSync(odd('/repo/src'), { recursive: true });
    assert.equal((await sandbox.script('true')).code, 0);
    mkdirSync(odd('/repo/.git'));
    await assert.rejects(sandbox.script('true'), /the git repository at .*caf\ufffd\/repo cannot be protected/);
    const lifted = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'], liftProtections: ['git-config'] } }), directory: sandbox.directory });
    assert.equal((await lifted.script('true')).code, 0);
  });

  it('are held from the next command of the session on', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'] } }) });
    assert.equal((await sandbox.script('git init -q a && git -C a config core.fsmonitor mine')).code, 0);
    assert.notEqual((await sandbox.script('git -C a config core.fsmonitor evil')).code, 0);
    assert.equal((await sandbox.script('git config --file a/.git/config core.fsmonitor')).stdout, 'mine\n');
  });
});

describe('what a repository leads git to', { skip }, () => {
  const files = {
    'repo/.git/HEAD': 'ref: refs/heads/main\n',
    'repo/.git/config': '[core]\n\thooksPath = ".git\\\nhooks" ; here\n[include]\n\tpath = ../shared\n[includeIf "gitdir:x"] path=../absent\n',
    'repo/.git/objects/': '',
    'repo/.git/refs/': '',
    'repo/.git/hooks/': '',
    'repo/.githooks/pre-commit': 'mine',
    'repo/scripts/pc': 'mine',
    'repo/scripts/pp': 'mine',
    'repo/shared': '[core]\n\thookspath = ../more\n',
    'more/x': 'mine',
  };

  async function write(context: TestContext, filesystem: Partial<Policy['filesystem']>): Promise<{ readonly failed: number; readonly refused: readonly string[] }> {
    const directory = temporaryDirectory(context, files);
    symlinkSync('../../scripts/pc', join(directory, 'repo/.git/hooks/pre-commit'));
    symlinkSync('../scripts/pp', join(directory, 'repo/.githooks/pre-push'));
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'], ...filesystem } }), directory });
    const targets = ['repo/.githooks/new', 'repo/scripts/pc', 'repo/scripts/pp', 'repo/shared', 'repo/absent', 'more/new'];
    const { stdout } = await sandbox.script(`echo free > repo/scripts/free || echo unexpected; for f in ${targets.join(' ')}; do (echo evil > $f) 2>/dev/null || echo refused; done`);
    return { failed: stdout.split('refused').length - 1, refused: sandbox.violations().map((line) => line.replace(`${directory}/`, '')).sort() };
  }

  it('is held as the repository is', async (context) => {
    const { failed, refused } = await write(context, {});
    assert.equal(failed, 6);
    assert.deepEqual(refused.map((line) => line.replace(/^\w+ /, '')).sort(), ['more/new git-hooks', 'repo/.githooks/new git-hooks', 'repo/absent git-config', 'repo/scripts/pc git-hooks', 'repo/scripts/pp git-hooks', 'repo/shared git-config']);
  });

  it('can be written if the policy lifts the protection', async (context) => {
    assert.deepEqual(await write(context, { liftProtections: ['git-hooks', 'git-config'] }), { failed: 0, refused: [] });
  });
});
