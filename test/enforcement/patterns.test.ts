import { strict as assert } from 'node:assert';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import type { Policy } from 'sandbox-core/policy';

import { policyOf } from '../support/policies';
import { openSandbox, whyNotEnforced, type TestSandbox } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

const skip = whyNotEnforced() ?? false;

function open(context: TestContext, filesystem: Partial<Policy['filesystem']>, files: Readonly<Record<string, string>> = {}): Promise<TestSandbox> {
  return openSandbox(context, { policy: policyOf({ filesystem }), files });
}

describe('patterns of paths in the sandbox', { skip }, () => {
  it('deny writing what they name, at any depth, and nothing else', async (context) => {
    const sandbox = await open(context, { allowWrite: ['.'], denyWrite: ['**/*.key', 'a/*/secret'] }, { 'x.key': 'x', 'd/e/y.key': 'x', 'a/b/secret/f': 'x', 'a/secret': 'x', 'x.txt': 'x' });
    const { stdout } = await sandbox.script(`
      for f in x.key d/e/y.key a/b/secret/f a/b/secret/new a/secret x.txt; do echo y > $f && echo "wrote $f"; done
      rm -f x.key; mv d/e/y.key z; mv d d2; rm -rf a/b; chmod 777 x.key; exit 0`);
    assert.equal(stdout, 'wrote a/secret\nwrote x.txt\n');
    assert.deepEqual(['x.key', 'd/e/y.key', 'a/b/secret/f'].map((path) => readFileSync(join(sandbox.directory, path), 'utf8')), ['x', 'x', 'x']);
  });

  it('deny making what they name, however it is made', async (context) => {
    const sandbox = await open(context, { allowWrite: ['.'], denyWrite: ['**/*.key', 'a/*/secret'] }, { 'plain': 'x', 'tree/sub/secret': 'x', 'bag/k': '' });
    const { stdout } = await sandbox.script(`
      echo y > new.key && echo 1; mkdir -p q/r; echo y > q/r/new.KEY && echo fine; echo y > q/r/new.key && echo 2; cp plain c.key && echo 3; mv plain m.key && echo 4; ln plain h.key && echo 5
      ln -s plain s.key && echo 6; mkdir d.key && echo 7; mkfifo f.key && echo 8; ln -s . self; echo y > self/q/t.key && echo 9
      mkdir a; mv tree/sub a/ && echo 10; mkdir z; mv tree z/; rmdir a; mv z/tree a && echo 11; mkdir -p a/b && echo y > a/b/secret && echo 12; exit 0`);
    assert.equal(stdout, 'fine\n', stdout);
    const rules = new Set(sandbox.violations().map((line) => line.split(' ').at(-1)));
    assert.deepEqual(rules, new Set(['/filesystem/denyWrite/0', '/filesystem/denyWrite/1']));
  });

  it('deny reading what they name, also what the host makes while a command runs', async (context) => {
    const sandbox = await open(context, { allowWrite: ['.'], denyRead: ['**/.env*'], allowRead: ['**/.env.example'] }, { '.env': 'hidden', 'sub/.env.local': 'hidden', 'sub/.env.example': 'seen', 'sub/env': 'seen' });
    const running = sandbox.script('cat .env; cat sub/.env.local; cat sub/.env.example sub/env; touch ready; until [ -e go ]; do sleep 0.02; done; cat later/.env; cat late.txt; exit 0');
    while (!existsSync(join(sandbox.directory, 'ready'))) await new Promise((resolve) => setImmediate(resolve));
    mkdirSync(join(sandbox.directory, 'later'));
    writeFileSync(join(sandbox.directory, 'later/.env'), 'hidden');
    writeFileSync(join(sandbox.directory, 'late.txt'), '-seen');
    writeFileSync(join(sandbox.directory, 'go'), '');
    const { stdout, stderr } = await running;
    assert.equal(stdout, 'seenseen-seen');
    assert.equal(stderr.match(/Permission denied/g)?.length, 3, stderr);
    assert.ok(sandbox.violations().includes(`read ${sandbox.directory}/later/.env /filesystem/denyRead/0`), sandbox.violations().join('\n'));
  });

  it('cover in the next command what came to be meanwhile', async (context) => {
    const sandbox = await open(context, { allowWrite: ['.', './pool/*.open'], denyRead: ['*.pem'], denyWrite: ['pool/*.locked'] });
    await sandbox.script('true');
    mkdirSync(join(sandbox.directory, 'pool'));
    for (const name of ['a.pem', 'pool/x.locked']) writeFileSync(join(sandbox.directory, name), 'x');
    const { stdout } = await sandbox.script('cat a.pem; echo y > pool/x.locked; mv pool p2; exit 0');
    assert.equal(stdout, '');
    assert.equal(readFileSync(join(sandbox.directory, 'pool/x.locked'), 'utf8'), 'x');
  });

  it('allow writing and reading what they name when the command starts', async (context) => {
    const sandbox = await open(context, { allowWrite: ['out-*'], denyRead: ['./home'], allowRead: ['home/*.pub'] }, { 'out-1/': '', 'out-2': 'x', 'in/': '', 'home/id.pub': 'seen', 'home/id': 'hidden' });
    const { stdout } = await sandbox.script('echo y > out-1/f && echo y > out-2 && echo ok; echo y > in/f && echo bad; cat home/id.pub; cat home/id; exit 0');
    assert.equal(stdout, 'ok\nseen');
  });

  it('follow links: the directory they start from, and what they name', async (context) => {
    const directory = temporaryDirectory(context, { 'real/x.key': 'hidden', 'vault/real.pem': 'hidden', 'ws/': '' });
    symlinkSync('real', join(directory, 'link'));
    symlinkSync('../vault/real.pem', join(directory, 'ws/a.pem'));
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { denyRead: ['link/*.key', 'ws/*.pem'], allowWrite: ['./ws'] } }), directory });
    const { stdout } = await sandbox.script('cat real/x.key link/x.key ws/a.pem vault/real.pem; rm ws/a.pem && echo gone; ln -sf /etc/hostname ws/a.pem && echo replaced; exit 0');
    assert.equal(stdout, '');
  });

  it('leave the characters of the working directory and of existing names alone', async (context) => {
    const parent = temporaryDirectory(context, { '[x] p/a.key': 'x', '[x] p/w*/f': 'x', '[x] p/w1/f': 'x', 'x p/a.key': 'x' });
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.', '../x p'], denyWrite: ['*.key', './w*'] } }), directory: join(parent, '[x] p') });
    const { stdout } = await sandbox.script('echo y > a.key && echo 1; echo y > "w*/f" && echo 2; echo y > w1/f && echo 3; echo y > "../x p/a.key" && echo fine; exit 0');
    assert.equal(stdout, 'fine\n');
  });
});

describe('protected files in the sandbox', { skip }, () => {
  it('are protected at any depth, in any letter case, before they exist, and in repositories of every kind', async (context) => {
    const sandbox = await open(
      context,
      { allowWrite: ['.'] },
      { 'a/b/c/d/e/.mcp.json': 'mine', 'a/b/c/d/e/.vscode/settings.json': 'mine', 'sub/.git': 'gitdir: ../.git/modules/sub', '.git/HEAD': 'ref', '.git/modules/sub/HEAD': 'ref', '.git/modules/sub/objects/': '', '.git/modules/sub/refs/': '', '.git/modules/sub/config': 'mine', '.git/worktrees/w/HEAD': 'ref', '.git/worktrees/w/commondir': 'mine', '.git/worktrees/w/gitdir': 'mine', 'bare/HEAD': 'ref', 'bare/objects/': '', 'bare/refs/': '', 'bare/config': 'mine' },
    );
    const tried = ['a/b/c/d/e/.mcp.json', 'a/b/c/d/e/.vscode/settings.json', 'a/b/c/d/e/.vscode/new', 'a/new/.vscode/tasks.json', 'a/new/.MCP.json', 'a/.claude/settings.json', 'x.code-workspace', 'a/.envrc', 'a/.zshenv',
      'sub/.git', '.git/commondir', '.git/config', '.git/config.worktree', '.git/info/attributes', '.git/modules/sub/config', '.git/modules/sub/hooks/post-checkout', '.git/worktrees/w/commondir', '.git/worktrees/w/gitdir', '.git/worktrees/w/config.worktree', 'bare/config', 'bare/hooks/update', 'fresh/.git/hooks/pre-commit'];
    const { stdout } = await sandbox.run(['bash', '-c', 'for f in "$@"; do mkdir -p "$(dirname "$f")"; echo evil > "$f" && echo "wrote $f"; done 2>/dev/null; mkdir ok && echo x > ok/settings.json && echo fine', '-', ...tried]);
    assert.equal(stdout, 'fine\n');
  });

  for (const [around, filesystem] of Object.entries<Partial<Policy['filesystem']>>({ 'everything else': { defaultRead: 'deny' }, 'the directory around it': { denyRead: ['..'], allowRead: ['.'] } }))
    it(`are protected, and what patterns deny is, in a project where ${around} is hidden`, async (context) => {
      const directory = temporaryDirectory(context, { 'ws/plain': 'x', 'ws/bag/hooks': 'x' }, '/var/tmp');
      const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { ...filesystem, allowWrite: ['.'], denyWrite: ['**/*.key'] } }), directory: join(directory, 'ws') });
      const { stdout } = await sandbox.script(`
        mkdir d; for f in .bashrc .mcp.json d/.npmrc d/x.key; do echo x > $f && echo "BAD $f"; cp plain $f && echo "BAD cp $f"; mv plain $f && echo "BAD mv $f"; ln plain $f && echo "BAD ln $f"; ln -s plain $f && echo "BAD ln -s $f"; mkdir $f && echo "BAD mkdir $f"; done
        mv bag d/.git && echo BAD bag; echo x > d/ok && mv d/ok ok && echo fine; exit 0`);
      assert.equal(stdout, 'fine\n');
      assert.deepEqual(readdirSync(join(directory, 'ws/d')), []);
      assert.ok(sandbox.violations().includes(`write ${directory}/ws/d/x.key /filesystem/denyWrite/0`), sandbox.violations().join('\n'));
    });

  it('do not keep git from making repositories and committing', async (context) => {
    const sandbox = await open(context, { allowWrite: ['.'] });
    const git = 'git -c user.name=a -c user.email=a@b.test -c protocol.file.allow=always';
    const { code, stderr } = await sandbox.script(`set -e; git init -q one; cd one; echo x > f; ${git} add f; ${git} commit -qm first; ${git} worktree add -q ../tree; cd ..; ${git} clone -q one two; cd two; ${git} commit -q --allow-empty -m second; ${git} push -q origin HEAD:refs/heads/other`);
    assert.equal(code, 0, stderr);
    const later = await sandbox.script('git -C one config alias.x "!touch evil"; echo x > two/.git/hooks/pre-commit; cd one && git status --porcelain; exit 0');
    assert.match(later.stderr, /config/);
    assert.equal(later.stdout, '');
    assert.doesNotMatch(readFileSync(join(sandbox.directory, 'one/.git/config'), 'utf8'), /evil/);
  });

  it('can be written where the policy lifts their group, and only then', async (context) => {
    const sandbox = await open(context, { allowWrite: ['.'], liftProtections: ['editor-settings'] });
    const { stdout } = await sandbox.script('mkdir -p .vscode a/.idea && echo x > .vscode/tasks.json && echo x > a/.idea/f && echo lifted; echo x > .mcp.json && echo bad; exit 0');
    assert.equal(stdout, 'lifted\n');
    assert.deepEqual(readdirSync(sandbox.directory).sort(), ['.claude', '.vscode', 'a']);
  });
});
