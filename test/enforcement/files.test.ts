import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import { PolicyRefusedError, SHOWN_DIRECTORY } from 'sandbox-core';
import type { Policy } from 'sandbox-core/policy';

import { policyOf } from '../support/policies';
import { openSandbox, whyNotEnforced, type TestSandbox } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

const skip = whyNotEnforced() ?? false;

function open(context: TestContext, filesystem: Partial<Policy['filesystem']>, files: Readonly<Record<string, string>> = {}, more: Partial<Policy> = {}): Promise<TestSandbox> {
  return openSandbox(context, { policy: policyOf({ ...more, filesystem }), files });
}

describe('files in the sandbox', { skip }, () => {
  it('can be read, but not written, where no rule says so', async (context) => {
    const sandbox = await open(context, {}, { 'a.txt': 'before' });
    const { stdout, stderr } = await sandbox.script('cat a.txt; echo after > a.txt; echo new > b.txt');
    assert.equal(stdout, 'before');
    assert.match(stderr, /a\.txt: Read-only file system\n.*b\.txt: Read-only file system/);
    assert.deepEqual(readdirSync(sandbox.directory), ['a.txt']);
    assert.deepEqual(sandbox.violations(), [`write ${sandbox.directory}/a.txt /filesystem/allowWrite`, `write ${sandbox.directory}/b.txt /filesystem/allowWrite`]);
  });

  it('can be written where allowWrite says so, and are then really there', async (context) => {
    const sandbox = await open(context, { allowWrite: ['.'] }, { 'a.txt': 'before', 'dir/': '' });
    const { code } = await sandbox.script('echo after > a.txt && mkdir dir/sub && mv a.txt dir/sub/ && ln -s sub dir/link && rm dir/link && chmod 600 dir/sub/a.txt');
    assert.equal(code, 0);
    assert.equal(readFileSync(join(sandbox.directory, 'dir/sub/a.txt'), 'utf8'), 'after\n');
    assert.deepEqual(sandbox.violations(), []);
  });

  const pipePolicies: Readonly<Record<string, Partial<Policy['filesystem']>>> = {
    'nothing may be written': {},
    'names are held': { allowWrite: ['./open'] },
    'denyWrite names them': { allowWrite: ['.'], denyWrite: ['./closed'] },
    'one is allowed': { allowWrite: ['./open', './closed/allowed'] },
  };
  for (const [which, filesystem] of Object.entries(pipePolicies))
    for (const nested of [false, true])
      it(`take nothing through a named pipe that may not be written: ${which}${nested ? ', with namespaces' : ''}`, async (context) => {
        const sandbox = await open(context, filesystem, { 'open/': '', 'closed/': '' }, { allowNestedUserNamespaces: nested });
        spawnSync('mkfifo', [join(sandbox.directory, 'closed/pipe'), join(sandbox.directory, 'closed/allowed')]);
        const { stdout } = await sandbox.script(`mkfifo $TMPDIR/own; exec 3<> $TMPDIR/own 2> /dev/null; echo own >&3; read line <&3; echo $line
          exec 4<> closed/pipe && echo BAD; exec 5< <(cat closed/pipe); timeout 5 sh -c 'echo x > closed/pipe' && echo BAD; exec 6<> closed/allowed && echo allowed`);
        const writable = which === 'one is allowed';
        assert.equal(stdout, writable ? 'own\nallowed\n' : 'own\n');
        const of = (name: string): string => `write ${sandbox.directory}/closed/${name} /filesystem/${which.startsWith('deny') ? 'denyWrite/0' : 'allowWrite'}`;
        assert.deepEqual([...new Set(sandbox.violations())].sort(), writable ? [of('pipe')] : [of('allowed'), of('pipe')]);
      });

  it('can be named by a path that ends in "." or ".."', async (context) => {
    const sandbox = await open(context, { allowWrite: ['./open'] }, { 'open/dir/': '', 'closed/dir/': '' });
    const { stdout } = await sandbox.script('export LC_ALL=C; cd open; chmod 700 dir/. dir/.. && echo changed; mkdir dir/. dir/.. 2>&1; touch -d 1990-01-01 ../closed/dir/.');
    assert.equal(stdout, "changed\nmkdir: cannot create directory 'dir/.': File exists\nmkdir: cannot create directory 'dir/..': File exists\n");
    assert.deepEqual(sandbox.violations(), [`change ${sandbox.directory}/closed/dir /filesystem/allowWrite`]);
  });

  it('stay as they are where denyWrite names them, whatever is tried', async (context) => {
    const sandbox = await open(context, { allowWrite: ['.'], denyWrite: ['./deep/locked', './file'] }, { 'deep/locked/f': 'x', file: 'x', 'other': '' });
    await sandbox.script(`
      echo y > file; rm -f file; mv file other2; mv other file; ln -f other file; chmod 777 file; truncate -s 0 file
      echo y > deep/locked/f; rm -rf deep/locked; mv deep/locked deep/l2; mv deep d2; rmdir deep; touch deep/locked/new
      exit 0`);
    assert.equal(readFileSync(join(sandbox.directory, 'file'), 'utf8'), 'x');
    assert.deepEqual(readdirSync(join(sandbox.directory, 'deep/locked')), ['f']);
    const seen = new Set(sandbox.violations().map((line) => line.replace(sandbox.directory, '')));
    for (const expected of ['write /file /filesystem/denyWrite/1', 'remove /file /filesystem/denyWrite/1', 'rename /file /filesystem/denyWrite/1', 'change /file /filesystem/denyWrite/1', 'write /deep/locked/f /filesystem/denyWrite/0', 'rename /deep/locked /filesystem/denyWrite/0', 'create /deep/locked/new /filesystem/denyWrite/0'])
      assert.ok(seen.has(expected) || seen.has(expected.replace('create', 'write')), `${expected} is missing in ${[...seen].join('\n')}`);
  });

  it('cannot be read where denyRead names them, and the rest around them can', async (context) => {
    const sandbox = await open(context, { denyRead: ['./secret', './key.pem'] }, { 'secret/token': 'hidden', 'key.pem': 'hidden', 'open.txt': 'seen' });
    const { stdout, stderr } = await sandbox.script('cat open.txt; cat secret/token; ls secret; cat key.pem; cat ./secret/../key.pem; cat /proc/self/root/$PWD/key.pem; echo x > secret/new; exit 0');
    assert.equal(stdout, 'seen');
    assert.equal(stderr.match(/Permission denied/g)?.length, 6);
    assert.deepEqual(sandbox.violations().map((line) => line.replace(sandbox.directory, '')).sort(), ['read /key.pem /filesystem/denyRead/1', 'read /secret /filesystem/denyRead/0', 'read /secret/new /filesystem/denyRead/0', 'read /secret/token /filesystem/denyRead/0']);
  });

  it('cannot be read through a link, neither a symbolic nor a hard one', async (context) => {
    const sandbox = await open(context, { denyRead: ['./key.pem'], allowWrite: ['.'] }, { 'key.pem': 'hidden' });
    symlinkSync('key.pem', join(sandbox.directory, 'link'));
    const { stdout, stderr } = await sandbox.script('cat link; ln key.pem hard; cat hard; cp key.pem copy; exit 0');
    assert.equal(stdout, '');
    assert.match(stderr, /link: Permission denied/);
    assert.equal(existsSync(join(sandbox.directory, 'hard')), false);
  });

  it('below a denied directory are visible again where allowRead names them', async (context) => {
    const sandbox = await open(context, { denyRead: ['./home'], allowRead: ['./home/pub'], allowWrite: ['./home/repo'] }, { 'home/pub/a': 'seen', 'home/repo/b': 'seen', 'home/private': 'hidden' });
    const { stdout, stderr } = await sandbox.script('cat home/pub/a home/repo/b; echo new > home/repo/c; cat home/private; ls home; echo x > home/new; exit 0');
    assert.equal(stdout, 'seenseen');
    assert.equal(readFileSync(join(sandbox.directory, 'home/repo/c'), 'utf8'), 'new\n');
    assert.match(stderr, /home\/private: No such file|home\/private: Permission denied/);
    assert.match(stderr, /cannot open directory 'home': Permission denied/);
    assert.deepEqual(readdirSync(join(sandbox.directory, 'home')).sort(), ['private', 'pub', 'repo']);
    assert.ok(sandbox.violations().includes(`read ${sandbox.directory}/home/private /filesystem/denyRead/0`));
  });

  it('that others would run later are protected, whether they exist or not', async (context) => {
    const sandbox = await open(context, { allowWrite: ['.'] }, { '.git/config': 'mine', '.git/hooks/pre-commit': 'mine', '.git/HEAD': 'ref', 'nested/.git/config': 'mine', '.vscode/settings.json': 'mine' });
    const { code } = await sandbox.script(`
      for f in .git/config .git/hooks/pre-commit .git/hooks/new nested/.git/config nested/.git/hooks/new .vscode/settings.json .vscode/tasks.json .bashrc .mcp.json .claude/commands/x; do
        mkdir -p "$(dirname $f)" 2>/dev/null; echo evil > $f 2>/dev/null && echo "wrote $f"
      done
      mv .git g2 2>/dev/null && echo moved; echo fine > .git/HEAD; echo fine > .claude/notes`);
    assert.equal(code, 0);
    const content = (path: string): string => readFileSync(join(sandbox.directory, path), 'utf8');
    assert.deepEqual([content('.git/config'), content('.git/hooks/pre-commit'), content('nested/.git/config'), content('.vscode/settings.json'), content('.git/HEAD')], ['mine', 'mine', 'mine', 'mine', 'fine\n']);
    const rules = new Set(sandbox.violations().map((line) => line.split(' ').at(-1)));
    for (const name of ['git-config', 'git-hooks', 'editor-settings', 'shell-start', 'agent-tools', 'agent-settings']) assert.ok(rules.has(name), `${name} is missing in ${[...rules].join()}`);
    await sandbox.session.stop();
    assert.deepEqual(readdirSync(sandbox.directory).sort(), ['.claude', '.git', '.vscode', 'nested']);
    assert.deepEqual(readdirSync(join(sandbox.directory, '.claude')), ['notes']);
  });

  it('that are guarded cannot be made by a rename, a link, or inside a directory that is moved there', async (context) => {
    const sandbox = await open(context, { allowWrite: ['.'] }, { 'x/commands/evil.md': 'x', 'y/tasks': 'x' });
    const { stdout } = await sandbox.script(`
      echo evil > e; mv e .bashrc && echo A; ln e .profile && echo B; ln -s e .zshrc && echo C; mkdir .idea && echo D; mv y .idea && echo E; cp e .mcp.json && echo F
      ln -s . self; echo evil > self/.bashrc && echo G; cd x; echo evil > ../.bashrc && echo H; touch .idea-not && mkdir -p ok/.idea-not && echo fine; exit 0`);
    assert.equal(stdout, 'fine\n');
    assert.deepEqual(readdirSync(sandbox.directory).filter((name) => /^\.(bashrc|profile|zshrc|idea|mcp)/.test(name)), []);
  });

  it('that are guarded stay so where everything around the project is hidden', async (context) => {
    const make = 'mkdir -p sub/.git sub/.claude; echo x > f; mv f sub/.mcp.json; echo x > g; ln g sub/.bashrc; mkdir sub/.git/hooks sub/.claude/commands denied-a; ln -s /etc/passwd sub/.gitconfig; mkfifo sub/.zshrc; echo x > sub/.profile; mv g denied-b; ls -A sub sub/.git sub/.claude';
    const hiding = [{ defaultRead: 'deny' as const }, { denyRead: ['..'], allowRead: ['.'] }];
    for (const filesystem of hiding) {
      const sandbox = await open(context, { ...filesystem, allowWrite: ['.'], denyWrite: ['**/denied-*'] });
      const { stdout } = await sandbox.script(make);
      assert.equal(stdout, 'sub:\n.claude\n.git\n\nsub/.claude:\n\nsub/.git:\n');
      assert.deepEqual(readdirSync(sandbox.directory).filter((name) => name.startsWith('denied')), []);
      assert.equal(sandbox.violations().length, 9);
    }
  });

  it('leave git able to work, and nothing for `git status` to show', async (context) => {
    const sandbox = await open(context, { allowWrite: ['.'] });
    const before = await sandbox.script('git init -q . && git config user.email a@b.test');
    assert.equal(before.code, 0, before.stderr);
    await sandbox.session.stop();
    const again = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'] } }), directory: sandbox.directory });
    const { stdout, stderr, code } = await again.script('echo a > a; git add a; git -c user.name=a -c user.email=a@b.test commit -qm one; git status --short; git log --format=%s');
    assert.equal(`${code} ${stdout}`, '0 one\n', stderr);
  });

  it('have a /tmp of their own that the session shares and the host does not see', async (context) => {
    const directory = temporaryDirectory(context, { 'input.txt': 'host' });
    const sandbox = await openSandbox(context, { policy: policyOf(), directory });
    const first = await sandbox.script('f=$(mktemp) && echo private > /tmp/mine && cat input.txt && echo $TMPDIR && ls -d $f');
    assert.match(first.stdout, /^host\/tmp\/claude\n\/tmp\/claude\/tmp\./);
    const second = await sandbox.script('cat /tmp/mine; ls /tmp');
    assert.match(second.stdout, /^private\n/);
    assert.equal(existsSync('/tmp/mine'), false);
    assert.ok(!second.stdout.split('\n').includes(`srt-${process.getuid?.()}`), second.stdout);
  });

  it('follow a policy path that is a link, unless a command could have put it there', async (context) => {
    const outside = temporaryDirectory(context, { 'target/f': 'x', 'ws/': '' });
    symlinkSync(join(outside, 'target'), join(outside, 'link'));
    const followed = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: [join(outside, 'link')] } }), directory: outside });
    assert.equal((await followed.script('echo y > link/f')).code, 0);
    symlinkSync(join(outside, 'target'), join(outside, 'ws/planted'));
    const refused = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['./ws', './ws/planted'] } }), directory: outside });
    await assert.rejects(refused.script('true'), (error: unknown) => error instanceof PolicyRefusedError && error.refusals[0]?.code === 'allow-through-link');
  });

  it('need no mount for what does not exist and stays so', async (context) => {
    const sandbox = await open(context, { denyRead: ['./absent'], allowWrite: ['./later'], denyWrite: ['./nowhere'] });
    const { code } = await sandbox.script('mkdir later');
    assert.equal(code, 1);
    assert.deepEqual(readdirSync(sandbox.directory), []);
  });

  it('denied and absent in a writable directory cannot be made to appear', async (context) => {
    const sandbox = await open(context, { allowWrite: ['.'], denyRead: ['./absent'], denyWrite: ['./deep/none'] });
    const { stderr } = await sandbox.script('echo x > absent; mkdir absent; echo x > deep/none; echo fine > deep/other; exit 0');
    assert.match(stderr, /absent/);
    await sandbox.session.stop();
    assert.deepEqual(readdirSync(sandbox.directory), ['deep']);
    assert.deepEqual(readdirSync(join(sandbox.directory, 'deep')), ['other']);
  });

  it('keep names with odd characters', async (context) => {
    const odd = ['-rf', 'a b', 'new\nline', '"quoted"', 'back\\slash', '*', '[x]', '$(id)'];
    const directory = temporaryDirectory(context);
    for (const name of odd) writeFileSync(join(directory, name), 'hidden');
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { denyRead: odd.map((name) => ({ path: join(directory, name), literal: true as const })) } }), directory });
    const { stdout, stderr } = await sandbox.run(['cat', '--', ...odd]);
    assert.equal(stdout, '');
    assert.equal(stderr.match(/Permission denied/g)?.length, odd.length);
    assert.equal(sandbox.violations().length, odd.length);
  });

  it('are not reported where nothing was refused', async (context) => {
    const sandbox = await open(context, { allowWrite: ['.'] });
    const { code } = await sandbox.script('mkdir -p /usr/bin /etc; rm -f /etc/does-not-exist; echo x > /dev/null; [ -w /etc/passwd ]; cat /etc/hostname > /dev/null; touch x; mkdir x 2>/dev/null; true');
    assert.equal(code, 0);
    assert.deepEqual(sandbox.violations(), []);
  });

  it('that the session shows can be read by their other names alone, and stay as they are', async (context) => {
    const directory = temporaryDirectory(context, { 'tools/script': 'shown', 'tools/secret': 'hidden', 'ws/': '' });
    const shown = { tools: join(directory, 'tools') };
    for (const filesystem of [{ denyRead: ['../tools'] }, { defaultRead: 'deny' as const }, { denyRead: ['../tools/secret'], allowWrite: ['..'] }]) {
      const sandbox = await openSandbox(context, { policy: policyOf({ filesystem }), directory: join(directory, 'ws'), shown });
      const { stdout, stderr } = await sandbox.script(`cd ${SHOWN_DIRECTORY}/tools && cat script && ls; echo x > script; rm script; mv ../tools ../other; exit 0`);
      assert.equal(stdout, 'shownscript\nsecret\n');
      assert.match(stderr, /script: Read-only file system\n.*cannot remove 'script'.*\n.*cannot move/);
    }
    assert.deepEqual(readdirSync(join(directory, 'tools')), ['script', 'secret']);
    assert.equal(readFileSync(join(directory, 'tools/script'), 'utf8'), 'shown');
  });

  it('have no rules with filesystem.disabled', async (context) => {
    const directory = temporaryDirectory(context, { 'out/': '', 'ws/': '' });
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { disabled: true, denyWrite: ['.'] } }), directory: join(directory, 'ws') });
    assert.equal((await sandbox.script('echo x > ../out/f')).code, 0);
    assert.equal(readFileSync(join(directory, 'out/f'), 'utf8'), 'x\n');
    mkdirSync(join(directory, 'x'));
    linkSync(join(directory, 'out/f'), join(directory, 'x/f'));
  });
});

describe('reading denied by default', { skip }, () => {
  it('leaves the working directory, the system and what a rule allows', async (context) => {
    const directory = temporaryDirectory(context, { 'ws/f': 'seen', 'open/f': 'seen', 'open-link/': '', 'closed/f': 'hidden' }, '/var/tmp');
    symlinkSync('open', join(directory, 'to-open'));
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { defaultRead: 'deny', allowRead: ['../to-open'], allowWrite: ['.'] } }), directory: join(directory, 'ws') });
    const { stdout, stderr } = await sandbox.script('cat f ../open/f ../to-open/f; cat ../closed/f; ls / ..; ls ~; cat /etc/hostname > /dev/null && echo x > new && mktemp > /dev/null && git --version > /dev/null && echo ok');
    assert.equal(stdout, 'seenseenseen..:\nopen\nto-open\nws\nok\n', stderr);
    assert.match(stderr, /closed\/f: No such file or directory\n.*cannot open directory '\/': Permission denied/);
    assert.ok(sandbox.violations().includes(`read ${directory}/closed/f /filesystem/defaultRead`), sandbox.violations().join('\n'));
  });

  it('leaves the sandbox its own /tmp and /dev/shm', async (context) => {
    const sandbox = await open(context, { defaultRead: 'deny' });
    const { stdout } = await sandbox.script('for d in /tmp /dev/shm; do cd $d && mkdir d && echo x > f && ln f g && mv g h && mkfifo p && ln -s f l && rm -r d f h l p && ls nope 2> e; cat e; done', { environment: { LC_ALL: 'C' } });
    assert.equal(stdout, "ls: cannot access 'nope': No such file or directory\n".repeat(2));
    const ofHost = temporaryDirectory(context, { f: 'x' }, '/tmp');
    await sandbox.script(`cat ${ofHost}/f; echo x > ${ofHost}/new; mkdir ${ofHost}/new; stat ${ofHost}`);
    assert.deepEqual(sandbox.violations(), []);
  });

  it('is the same as denying "/", which needs the system named', async (context) => {
    const directory = temporaryDirectory(context, { 'ws/f': 'seen', 'closed/f': 'hidden' }, '/var/tmp');
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { denyRead: ['/'], allowRead: ['.', '/usr', '/bin', '/lib', '/lib64', '/etc'] } }), directory: join(directory, 'ws') });
    assert.equal((await sandbox.script('cat f; cat ../closed/f')).stdout, 'seen');
    const cancelled = await openSandbox(context, { policy: policyOf({ filesystem: { denyRead: ['/'], allowRead: ['/'] } }), directory: join(directory, 'ws') });
    assert.equal((await cancelled.script('cat f ../closed/f')).stdout, 'seenhidden');
  });
});
