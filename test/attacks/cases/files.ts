import { strict as assert } from 'node:assert';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { PolicyRefusedError, SandboxError } from 'sandbox-core';

import type { Attack } from '../attack';
import { scene, shellAttack } from '../shell-attack';

const MOUNTS = 'read-only mounts';
const MASKS = 'unreadable mounts';
const PINS = 'pinned mount points';
const GUARDS = 'the supervisor, which asks the policy';
const FILTER = 'the system call filter';
const LOCKS = 'mounts that belong to a namespace in which no process is left with rights';

const WORKSPACE = { filesystem: { allowWrite: ['.'] } };
const SECRET = { filesystem: { allowWrite: ['.'], denyRead: ['./secret', '../vault'] } };
const KEPT = { filesystem: { allowWrite: ['.'], denyRead: ['./secret'], denyWrite: ['./kept'] } };
const OWN_NAMESPACES = { ...KEPT, allowNestedUserNamespaces: true };
const keptFiles = { 'ws/secret/token': 'hidden', 'ws/kept/f': 'mine' };
const secretFiles = { 'ws/secret/token': 'hidden', 'ws/plain': 'plain', 'vault/key': 'hidden' };

/** Moves a directory away, puts a link in its place, and back again, until it is stopped; then everything is as it was. */
function keepSwapping(path: string, aside: string, target: string): () => Promise<void> {
  let swapping = true;
  const swapper = (async () => {
    while (swapping) {
      renameSync(path, aside);
      symlinkSync(target, path);
      await new Promise((resolve) => setImmediate(resolve));
      rmSync(path);
      renameSync(aside, path);
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  return () => {
    swapping = false;
    return swapper;
  };
}

export const fileAttacks: readonly Attack[] = [
  shellAttack({ id: 'F01', seesAround: true, name: 'write out through a symbolic link', outcome: 'read-only file system', stoppedBy: MOUNTS, policy: WORKSPACE, files: { 'out/f': 'mine' }, script: 'ln -s ../out x; echo y > x/f && echo BAD; echo y > x/new && echo BAD; ln -s ../out/f l; echo y > l && echo BAD', intact: { 'out/f': 'mine' }, absent: ['out/new'], reported: /write .*\/out\/f \/filesystem\/allowWrite/, twin: { script: 'mkdir in; ln -s in x; echo y > x/f && cat in/f && echo ok' } }),
  shellAttack({ id: 'F01a', name: 'write out through a chain of links and dots', outcome: 'read-only file system', stoppedBy: MOUNTS, policy: WORKSPACE, files: { 'out/f': 'mine' }, script: 'mkdir a; ln -s ../.. a/b; ln -s a/b/out c; echo y > c/f && echo BAD; echo y > a/../../out/f && echo BAD; cd a/b/out && echo y > f && echo BAD', intact: { 'out/f': 'mine' }, twin: { script: 'mkdir -p a/d; ln -s ../d a/l; echo y > a/../a/d/f && echo ok' } }),
  shellAttack({ id: 'F02', seesAround: true, name: 'read a denied file through a link', outcome: 'permission denied', stoppedBy: MASKS, policy: SECRET, files: secretFiles, script: 'ln -s secret/token l; cat l && echo BAD; ln -s ../vault v; cat v/key && echo BAD; ls v && echo BAD', reported: /read .*\/secret\/token \/filesystem\/denyRead\/0/, twin: { script: 'ln -s plain l; cat l && echo && echo ok' } }),
  shellAttack({ id: 'F02a', name: 'make a denied file readable by its mode, or copy, or link it', outcome: 'permission denied', stoppedBy: MASKS, policy: SECRET, files: secretFiles, script: 'chmod -R 777 secret; cat secret/token && echo BAD; cp -r secret s2 && echo BAD; tar cf - secret | tar tf - | grep token && echo BAD; ln secret/token t && echo BAD; mv secret s3 && echo BAD', intact: { 'ws/secret/token': 'hidden' }, twin: { script: 'chmod 600 plain; ln plain p2; cat p2 && echo && echo ok' } }),
  {
    id: 'F03',
    name: 'an allowed path that an earlier command replaced by a link',
    outcome: 'the policy is refused by name',
    stoppedBy: 'the planner',
    async attempt(lab) {
      const root = scene(lab, { 'ws/': '', 'home/f': 'mine' });
      symlinkSync('../home', join(root, 'ws/out'));
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.', './out'] } }, directory: join(root, 'ws') });
      await assert.rejects(sandbox.script('echo y > out/f'), (error: unknown) => error instanceof PolicyRefusedError && error.refusals[0]?.code === 'allow-through-link' && error.refusals[0].pointer === '/filesystem/allowWrite/1');
      assert.equal(readFileSync(join(root, 'home/f'), 'utf8'), 'mine');
    },
    async allowed(lab) {
      const root = scene(lab, { 'ws/': '', 'data/f': 'mine' });
      symlinkSync('data', join(root, 'out'));
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['../out'] } }, directory: join(root, 'ws') });
      assert.equal((await sandbox.script('echo y > ../out/f')).code, 0);
    },
  },
  {
    id: 'F03a',
    name: 'an allowed path that becomes a link between two commands of one session',
    outcome: 'the next command is refused by name',
    stoppedBy: 'the planner, which looks again for each command',
    async attempt(lab) {
      const root = scene(lab, { 'ws/out/': '', 'home/f': 'mine' });
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.', './out'] } }, directory: join(root, 'ws') });
      assert.equal((await sandbox.script('rmdir out && ln -s ../home out')).code, 0);
      await assert.rejects(sandbox.script('echo y > out/f'), PolicyRefusedError);
      assert.equal(readFileSync(join(root, 'home/f'), 'utf8'), 'mine');
    },
    async allowed(lab) {
      const root = scene(lab, { 'ws/out/': '' });
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.', './out'] } }, directory: join(root, 'ws') });
      assert.equal((await sandbox.script('rmdir out && mkdir out')).code, 0);
      assert.equal((await sandbox.script('echo y > out/f')).code, 0);
    },
  },
  {
    id: 'F04',
    name: 'swap a denied directory and a link while sandboxes start',
    outcome: 'never readable, never written elsewhere',
    stoppedBy: 'mounts on the vetted path; a start that finds something else fails',
    async attempt(lab) {
      const root = scene(lab, { 'ws/d/f': 'plain', 'other/f': 'elsewhere', 'spare/': '' });
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.'], denyWrite: ['./d'] } }, directory: join(root, 'ws') });
      const stop = keepSwapping(join(root, 'ws/d'), join(root, 'spare/d'), '../other');
      for (let round = 0; round < 12; round++) await sandbox.script('echo evil > d/f; echo evil > d/new; exit 0').catch((error: unknown) => assert.ok(error instanceof SandboxError));
      await stop();
      assert.equal(readFileSync(join(root, 'other/f'), 'utf8'), 'elsewhere');
      assert.deepEqual(readdirSync(join(root, 'other')), ['f']);
    },
    async allowed(lab) {
      const root = scene(lab, { 'ws/d/f': 'plain' });
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.'] } }, directory: join(root, 'ws') });
      for (let round = 0; round < 3; round++) assert.equal((await sandbox.script('mv d e && mv e d && echo y > d/f')).code, 0);
    },
  },
  {
    id: 'F04a',
    name: 'swap a directory that a denied one lies in and a link while sandboxes start',
    outcome: 'never written elsewhere',
    stoppedBy: 'mounts that follow no link; a start that finds one fails',
    async attempt(lab) {
      const root = scene(lab, { 'ws/a/d/f': 'plain', 'other/d/f': 'elsewhere', 'other/f': 'elsewhere', 'spare/': '' });
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.'], denyWrite: ['./a/d'] } }, directory: join(root, 'ws') });
      const stop = keepSwapping(join(root, 'ws/a'), join(root, 'spare/a'), '../other');
      for (let round = 0; round < 12; round++) await sandbox.script('for f in a/f a/d/f ../other/f ../other/d/f; do echo evil > $f; done; exit 0').catch((error: unknown) => assert.ok(error instanceof SandboxError));
      await stop();
      for (const file of ['other/f', 'other/d/f']) assert.equal(readFileSync(join(root, file), 'utf8'), 'elsewhere', file);
    },
    async allowed(lab) {
      const root = scene(lab, { 'ws/a/d/f': 'plain' });
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.'] } }, directory: join(root, 'ws') });
      assert.equal((await sandbox.script('mv a spare && ln -s spare a && echo y > a/d/f')).code, 0);
    },
  },
  shellAttack({ id: 'F05', name: 'make a denied path that did not exist', outcome: 'refused', stoppedBy: 'a mount point in its place', policy: { filesystem: { allowWrite: ['.'], denyWrite: ['./later/conf'], denyRead: ['./hidden'] } }, script: 'mkdir -p later; echo y > later/conf && echo BAD; mkdir later/conf/x && echo BAD; rm -rf later; mkdir later && echo y > later/conf && echo BAD; echo y > hidden && echo BAD; mkdir t && mv t hidden && echo BAD', twin: { script: 'echo y > later/other && echo y > new && echo ok' } }),
  {
    id: 'F05a',
    name: 'a denied file that the host makes while the sandbox runs',
    outcome: 'permission denied',
    stoppedBy: GUARDS,
    async attempt(lab) {
      const root = scene(lab, { 'ws/': '' });
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.'], denyRead: ['**/.env'] } }, directory: join(root, 'ws') });
      const running = sandbox.script('touch ready; until [ -e go ]; do sleep 0.02; done; cat sub/.env && echo BAD; cp sub/.env copy && echo BAD; echo y > sub/.env && echo BAD; exit 0');
      while (!existsSync(join(root, 'ws/ready'))) await new Promise((resolve) => setImmediate(resolve));
      mkdirSync(join(root, 'ws/sub'));
      writeFileSync(join(root, 'ws/sub/.env'), 'hidden');
      writeFileSync(join(root, 'ws/go'), '');
      assert.equal((await running).stdout, '');
      assert.equal(readFileSync(join(root, 'ws/sub/.env'), 'utf8'), 'hidden');
      assert.match(sandbox.violations().join('\n'), /read .*\/sub\/\.env \/filesystem\/denyRead\/0/);
    },
    async allowed(lab) {
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.'], denyRead: ['**/.env'] } } });
      assert.equal((await sandbox.script('mkdir sub && echo y > sub/env && cat sub/env')).stdout, 'y\n');
    },
  },
  {
    id: 'F05b',
    name: 'make a denied path that did not exist, once a session with another TMPDIR has ended that denies it too',
    outcome: 'refused',
    stoppedBy: 'a mount point in its place, which stays for as long as anybody holds it',
    async attempt(lab) {
      const root = scene(lab, { 'ws/': '' });
      const setting = { policy: { filesystem: { allowWrite: ['.'], denyRead: ['./hidden'], denyWrite: ['./later/conf'] } }, directory: join(root, 'ws') };
      const [first, second] = [await lab.open({ ...setting, temporary: lab.directory() }), await lab.open({ ...setting, temporary: lab.directory() })];
      assert.equal((await first.script('true')).code, 0);
      const running = second.script('touch ready; until [ -e go ]; do sleep 0.02; done; mkdir hidden hidden/x later/conf later/conf/x; rm -rf hidden later; ls -d later/conf; echo y > hidden && echo BAD; exit 0');
      while (!existsSync(join(root, 'ws/ready'))) await new Promise((resolve) => setImmediate(resolve));
      await first.session.stop();
      writeFileSync(join(root, 'ws/go'), '');
      assert.equal((await running).stdout, 'later/conf\n');
      await second.session.stop();
      assert.deepEqual(readdirSync(join(root, 'ws')).sort(), ['go', 'probe', 'ready']);
    },
    async allowed(lab) {
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.'], denyWrite: ['./later/conf'] } }, temporary: lab.directory() });
      assert.equal((await sandbox.script('mkdir later/other && echo ok')).stdout, 'ok\n');
    },
  },
  shellAttack({ id: 'F06', name: 'rename a directory above a protected path, edit, and move it back', outcome: 'device or resource busy', stoppedBy: PINS, policy: { filesystem: { allowWrite: ['.'], denyWrite: ['./a/b/locked'] } }, files: { 'ws/a/b/locked': 'mine', 'ws/.claude/commands/c.md': 'mine' }, script: 'mv a a2 && echo BAD; mv a/b b2 && echo BAD; mv .claude c2 && echo BAD; rm -rf a .claude; mkdir x; mv -T x a && echo BAD; ln -s /tmp x2; mv -T x2 a/b && echo BAD; exit 0', intact: { 'ws/a/b/locked': 'mine', 'ws/.claude/commands/c.md': 'mine' }, reported: /rename .*\/a \/filesystem\/denyWrite\/0|remove .*locked/, twin: { script: 'mkdir c; mv c d && echo y > a/b/other && echo ok' } }),
  shellAttack({ id: 'F06a', name: 'exchange a protected path with another in one call (RENAME_EXCHANGE)', outcome: 'device or resource busy', stoppedBy: PINS, policy: { filesystem: { allowWrite: ['.'], denyWrite: ['./a/locked'] } }, files: { 'ws/a/locked': 'mine', 'ws/b/locked': 'evil' }, script: `python3 -c "
import ctypes; c = ctypes.CDLL(None, use_errno=True)
for x, y in (('a', 'b'), ('a/locked', 'b/locked'), ('b', 'a')):
    if c.renameat2(-100, x.encode(), -100, y.encode(), 2) == 0: print('BAD')
"`, intact: { 'ws/a/locked': 'mine' }, whyNotHere: needsPython, twin: { script: `mkdir p q; python3 -c "
import ctypes
print('ok' if ctypes.CDLL(None).renameat2(-100, b'p', -100, b'q', 2) == 0 else 'failed')"` } }),
  shellAttack({ id: 'F06b', name: 'bring a protected name in with the directory that holds it', outcome: 'permission denied', stoppedBy: GUARDS, policy: { filesystem: { allowWrite: ['.'], denyWrite: ['conf/*/secret'] } }, files: { 'ws/bag/in/secret': 'x', 'ws/tree/commands/x.md': 'x' }, script: 'mkdir sub conf; mv bag/in conf/ && echo BAD; rmdir conf; mv bag conf && echo BAD; mv tree sub/.claude && echo BAD; exit 0', reported: /rename .* \/filesystem\/denyWrite\/0/, twin: { script: 'mv bag bag2 && mv tree tree2 && echo ok' } }),
  shellAttack({ id: 'F06c', name: 'the same with a directory that cannot be listed until it has its new name', outcome: 'permission denied', stoppedBy: GUARDS, policy: { filesystem: { allowWrite: ['.'], denyWrite: ['conf/**/secret'] } }, script: 'mkdir sub; for mode in 311 100 000; do mkdir -p bag/hooks; chmod $mode bag; mv -T bag .git && echo BAD; mv -T bag .moved && echo BAD; mkdir -p deep/a/b; echo x > deep/a/b/secret; chmod $mode deep/a; mv deep conf && echo BAD; chmod 700 bag deep/a; done; exit 0', absent: ['ws/.git', 'ws/conf'], twin: { script: 'mkdir -p bag/in; chmod 0 bag/in; mv bag bag2; chmod 700 bag/in && mv bag bag2 && echo ok' } }),
  shellAttack({ id: 'F08', name: 'hard links out of and into the workspace', outcome: 'cross-device link', stoppedBy: MOUNTS, policy: WORKSPACE, files: { 'out/f': 'mine', 'ws/.git/HEAD': 'ref', 'ws/.git/config': 'mine' }, script: 'ln ../out/f l && echo BAD; ln .git/config c && echo BAD; ln -f /etc/hostname h && echo BAD; echo y > e; ln e ../out/e && echo BAD; ln -f e .git/config && echo BAD; exit 0', intact: { 'out/f': 'mine', 'ws/.git/config': 'mine' }, absent: ['out/e'], twin: { script: 'echo y > e; ln e f && echo ok' } }),
  shellAttack({ id: 'F09', name: 'reach a denied path through /proc', outcome: 'the same answer as directly', stoppedBy: MASKS, policy: SECRET, files: secretFiles, script: 'for p in /proc/self/root$PWD /proc/self/cwd /proc/$$/root$PWD /proc/thread-self/root$PWD /proc/1/root$PWD /proc/1/cwd/$PWD; do cat $p/secret/token && echo BAD; echo y > $p/../vault/key && echo BAD; done; exit 0', intact: { 'vault/key': 'hidden' }, reported: /read .*\/secret\/token/, twin: { script: 'cat /proc/self/root$PWD/plain && cat /proc/self/cwd/plain && echo && echo ok' } }),
  shellAttack({ id: 'F10', name: 'look into other processes', outcome: 'only the sandbox\'s own are there; pid 1 is closed', stoppedBy: 'a pid namespace, and a pid 1 that is not dumpable', script: 'ls /proc/1/root/ && echo BAD; for n in 0 1 2 3 4 5 6 7 8; do readlink /proc/1/fd/$n && echo BAD; (exec 9<> /proc/1/fd/$n) && echo BAD; done; cat /proc/1/environ && echo BAD; [ "$(ls -d /proc/[0-9]* | wc -l)" -lt 12 ] || echo BAD; exit 0', twin: { script: 'ls /proc/self/root/ > /dev/null && cat /proc/self/environ > /dev/null && echo ok' } }),
  shellAttack({ id: 'F11', name: 'write the memory of pid 1, which supervises', outcome: 'permission denied', stoppedBy: 'a pid 1 that is not dumpable', script: 'for f in mem clear_refs attr/current oom_score_adj; do (echo x > /proc/1/$f) && echo BAD; done; head -c 1 /proc/1/maps | grep . && echo BAD; exit 0', twin: { script: '(exec 3<> /proc/self/mem) && head -c 1 /proc/self/maps > /dev/null && echo ok' } }),
  shellAttack({ id: 'F12', name: 'open a read-only file again for writing through its descriptor', outcome: 'read-only file system', stoppedBy: MOUNTS, policy: WORKSPACE, files: { 'out/f': 'mine' }, script: 'exec 3< ../out/f; echo y > /proc/self/fd/3 && echo BAD; echo y > /dev/fd/3 && echo BAD; exit 0', intact: { 'out/f': 'mine' }, twin: { script: 'echo x > f; exec 3< f; echo y > /proc/self/fd/3 && echo ok' } }),
  {
    id: 'F12a',
    name: 'open standard input, lent for reading, again for writing',
    outcome: 'read-only file system',
    stoppedBy: 'standard input, opened anew where the policy\'s mounts show the file',
    async attempt(lab) {
      const root = scene(lab, { 'out/f': 'mine' });
      const sandbox = await lab.open({ policy: WORKSPACE, directory: join(root, 'ws') });
      const input = openSync(join(root, 'out/f'), 'r');
      const { stdout } = await sandbox.script('for p in /proc/self/fd/0 /dev/stdin /dev/fd/0 /proc/$$/fd/0; do echo evil > $p && echo BAD; (exec 9<> $p) && echo BAD; done; exit 0', { streams: [input, 'pipe', 'pipe'] });
      closeSync(input);
      assert.equal(stdout, '');
      assert.equal(readFileSync(join(root, 'out/f'), 'utf8'), 'mine');
    },
    async allowed(lab) {
      const root = scene(lab, { 'out/f': 'mine' });
      const sandbox = await lab.open({ policy: WORKSPACE, directory: join(root, 'ws') });
      const input = openSync(join(root, 'out/f'), 'r+');
      const { stdout } = await sandbox.script('cat /dev/stdin; echo theirs > /dev/stdin && echo ok', { streams: [input, 'pipe', 'pipe'] });
      closeSync(input);
      assert.equal(stdout, 'mineok\n');
      assert.equal(readFileSync(join(root, 'out/f'), 'utf8'), 'theirs\n');
    },
  },
  {
    id: 'F14a',
    name: 'leave through a directory that is standard input',
    outcome: 'the command does not start',
    stoppedBy: 'pid 1, which looks at what it was given',
    async attempt(lab) {
      const root = scene(lab, { 'out/f': 'mine' });
      const sandbox = await lab.open({ policy: WORKSPACE, directory: join(root, 'ws') });
      const input = openSync(join(root, 'out'), 'r');
      await assert.rejects(sandbox.script('echo evil > /proc/self/fd/0/f', { streams: [input, 'pipe', 'pipe'] }), /standard input is a directory/);
      closeSync(input);
      assert.equal(readFileSync(join(root, 'out/f'), 'utf8'), 'mine');
    },
    async allowed(lab) {
      const sandbox = await lab.open({ policy: WORKSPACE });
      assert.equal((await sandbox.script('mkdir d && echo y > d/f && exec 3< d && cat /proc/self/fd/3/f && echo z > /proc/self/fd/3/f && cat d/f')).stdout, 'y\nz\n');
    },
  },
  shellAttack({ id: 'F14', name: 'leave by .. from an open directory; O_TMPFILE and linkat', outcome: 'read-only file system', stoppedBy: MOUNTS, policy: WORKSPACE, files: { 'out/f': 'mine' }, whyNotHere: needsPython, script: `python3 -c "
import os
def bad(f):
    try: f(); print('BAD')
    except OSError: pass
d = os.open('.', os.O_PATH); os.chdir(d)
bad(lambda: os.open('../out/new', os.O_CREAT | os.O_WRONLY, dir_fd=d))
bad(lambda: os.open('../out', os.O_TMPFILE | os.O_WRONLY))
t = os.open('.', os.O_TMPFILE | os.O_RDWR)
bad(lambda: os.link('/proc/self/fd/%d' % t, '../out/new', src_dir_fd=d, follow_symlinks=True))
bad(lambda: os.link('/proc/self/fd/%d' % t, '.bashrc', src_dir_fd=d, follow_symlinks=True))
"`, intact: { 'out/f': 'mine' }, absent: ['out/new', 'ws/.bashrc'], twin: { script: `python3 -c "
import os
d = os.open('.', os.O_PATH); t = os.open('.', os.O_TMPFILE | os.O_RDWR); os.link('/proc/self/fd/%d' % t, 'new', src_dir_fd=d, follow_symlinks=True); print('ok')"` } }),
  shellAttack({ id: 'F15', name: 'spell a protected name in other letters', outcome: 'permission denied', stoppedBy: GUARDS, policy: WORKSPACE, script: 'for f in .VSCODE .Idea sub/.MCP.json .BASHRC x.CODE-WORKSPACE; do mkdir -p sub; echo y > $f && echo BAD; mkdir $f && echo BAD; done; exit 0', absent: ['ws/.VSCODE', 'ws/.BASHRC'], twin: { script: 'echo y > vscode && echo y > BASHRC && echo ok' } }),
  shellAttack({ id: 'F15a', name: 'spell one with dots and spaces at its end, which vfat, exFAT and Windows drop', outcome: 'permission denied', stoppedBy: GUARDS, policy: { filesystem: { allowWrite: ['.'], denyRead: ['**/*.pem'], denyWrite: ['**/*.key'] } }, files: { 'ws/x.pem': 'hidden' }, script: "for f in .bashrc. '.gitconfig ' '.mcp.json. .' sub./.npmrc. .vscode. x.key. 'sub /x.key'; do mkdir -p sub. 'sub '; echo y > \"$f\" && echo BAD; mkdir \"$f\" && echo BAD; ln -s plain \"$f\" && echo BAD; echo y > n; mv n \"$f\" && echo BAD; done; mkdir .git.; mkdir .git./hooks && echo BAD; mkdir -p bag/hooks; mv -T bag '.git ' && echo BAD; mv -T bag .git.. && echo BAD; ln -s bag .git.. && echo BAD; mv x.pem x.pem. && echo BAD; exit 0", absent: ['ws/.bashrc.', 'ws/.vscode.', 'ws/x.key.', 'ws/.git./hooks', 'ws/.git..'], reported: /\/\.bashrc /, twin: { script: "echo y > ok. && mkdir 'a .' && mv ok. 'a ./.. .' && echo ok" } }),
  shellAttack({ id: 'F17', name: 'names with newlines, quotes, dashes and pattern characters', outcome: 'exactly these are denied', stoppedBy: 'argument lists instead of command lines', policy: { filesystem: { allowWrite: ['.'], denyRead: [{ path: './a\nb', literal: true }, { path: './--bind', literal: true }, { path: './*', literal: true }, { path: './"; rm -rf ', literal: true }] } }, files: { 'ws/a\nb': 'x', 'ws/--bind': 'x', 'ws/*': 'x', 'ws/"; rm -rf ': 'x', 'ws/plain': 'x' }, script: 'cat $\'a\\nb\' && echo BAD; cat ./--bind && echo BAD; cat "./*" && echo BAD; cat \'"; rm -rf \' && echo BAD; exit 0', intact: { 'ws/plain': 'x' }, twin: { script: 'cat plain > /dev/null && echo ok' } }),
  shellAttack({ id: 'F17a', name: 'names that are not UTF-8 beside protected ones', outcome: 'the protected ones stay so', stoppedBy: MOUNTS, policy: { filesystem: { allowWrite: ['.'], denyWrite: ['**/*.key'] } }, files: { 'ws/a.key': 'mine' }, script: 'mkdir $\'\\xff\\xfe\'; cp a.key $\'\\xff\\xfe/x\'; mv $\'\\xff\\xfe/x\' $\'\\xff\\xfe/x.key\' && echo BAD; echo y > $\'\\xff.key\' && echo BAD; echo y > a.key && echo BAD; exit 0', intact: { 'ws/a.key': 'mine' }, twin: { script: 'mkdir $\'\\xff\'; echo y > $\'\\xff/x\' && echo ok' } }),
  shellAttack({ id: 'F18', name: 'read what a pattern denies, at any depth', outcome: 'permission denied', stoppedBy: MASKS, policy: { filesystem: { allowWrite: ['.'], denyRead: ['**/.env*'] } }, files: { 'ws/.env': 'hidden', 'ws/a/b/c/d/e/.env.local': 'hidden', 'ws/node_modules/p/.env': 'hidden', 'ws/.env*': 'hidden' }, script: 'for f in .env a/b/c/d/e/.env.local node_modules/p/.env ".env*"; do cat "$f" && echo BAD; done; grep -r hidden . && echo BAD; exit 0', reported: /read .*\.env\.local \/filesystem\/denyRead\/0/, twin: { script: 'echo y > env && cat env > /dev/null && echo ok' } }),
  shellAttack({ id: 'F19', name: 'write what a pattern with a wildcard in the middle denies', outcome: 'read-only file system; permission denied for new ones', stoppedBy: `${MOUNTS} and ${GUARDS}`, policy: { filesystem: { allowWrite: ['.'], denyWrite: ['a/*/secret'] } }, files: { 'ws/a/b/secret': 'mine' }, script: 'echo y > a/b/secret && echo BAD; mkdir a/c; echo y > a/c/secret && echo BAD; mv a/b a/d && echo BAD; mv a a2 && echo BAD; exit 0', intact: { 'ws/a/b/secret': 'mine' }, reported: /\/filesystem\/denyWrite\/0/, twin: { script: 'echo y > a/secret && mkdir -p a/c/d && echo y > a/c/d/secret && echo ok' } }),
  shellAttack({ id: 'F20', name: 'mount over a protected path, unmount what covers it, move a mount', outcome: 'operation not permitted', stoppedBy: FILTER, policy: SECRET, files: secretFiles, script: 'mkdir m; mount --bind m secret && echo BAD; umount secret && echo BAD; umount -l secret && echo BAD; mount --move secret m && echo BAD; mount -t tmpfs none m && echo BAD; unshare -Urm umount secret && echo BAD; cat secret/token && echo BAD; exit 0', twin: { script: 'mkdir m && rmdir m && echo ok' } }),
  shellAttack({
    id: 'F20a',
    name: 'the same in a user namespace of its own, where the policy allows one',
    outcome: 'invalid argument: the mounts are locked',
    stoppedBy: LOCKS,
    policy: OWN_NAMESPACES,
    files: keptFiles,
    script: `cat > try <<'END'
umount secret && echo BAD; umount -l secret && echo BAD; umount kept && echo BAD; umount -l kept && echo BAD; umount -l / && echo BAD
mount -o remount,rw,bind kept && echo BAD; mount -o remount,rw,bind / && echo BAD; mount -o remount,rw secret && echo BAD; mount --move secret m && echo BAD
mount --bind . m && cat m/secret/token && echo BAD; mount --bind / m && cat m$PWD/secret/token && echo BAD
mount --rbind / m; cat m$PWD/secret/token && echo BAD; umount -l m$PWD/secret && echo BAD; mount -o remount,rw,bind m$PWD/kept && echo BAD; umount -l m
mount -t tmpfs none m && mount --rbind / m && cd m && pivot_root . . && umount -l . && umount -l $OLDPWD/secret && echo BAD
echo y > $OLDPWD/kept/f && echo BAD; cat $OLDPWD/secret/token && echo BAD; exit 0
END
mkdir m; unshare -U --keep-caps -m sh try`,
    intact: { 'ws/kept/f': 'mine', 'ws/secret/token': 'hidden' },
    twin: { script: 'mkdir m; unshare -U --keep-caps -m sh -c "mount --bind /usr m && ls m/bin > /dev/null && echo ok"' },
  }),
  shellAttack({ id: 'F20b', name: 'undo mounts with the calls that take descriptors, or from the namespace that owns them', outcome: 'ENOSYS, or not permitted', stoppedBy: FILTER, policy: KEPT, files: keptFiles, script: 'mkdir m; ./probe undo-mounts . kept m | grep BAD; for call in 428 429 430 442; do ./probe call $call 0 0 0 0 | grep -v ENOSYS && echo BAD; done; exit 0', twin: { policy: OWN_NAMESPACES, script: './probe call 428 -100 0 | grep -q ENOSYS || echo ok' } }),
  shellAttack({ id: 'F20c', name: 'the same in a user namespace of its own, where the policy allows one', outcome: 'operation not permitted', stoppedBy: LOCKS, policy: OWN_NAMESPACES, files: keptFiles, script: 'mkdir m; for path in kept secret; do ./probe undo-mounts . $path m | grep -v ok && echo BAD; done; exit 0', intact: { 'ws/kept/f': 'mine' }, twin: { script: 'mkdir m; ./probe undo-mounts . kept m' } }),
  shellAttack({ id: 'F20d', name: 'enter the namespaces of pid 1, which made the mounts, or look into it', outcome: 'permission denied, and pid 1 has no capability left over mounts', stoppedBy: 'a pid 1 that gives up its rights over mounts and cannot be looked into', policy: OWN_NAMESPACES, files: keptFiles, script: 'for kind in user mount pid net; do for space in user mnt pid net; do nsenter --$kind=/proc/1/ns/$space true && echo BAD; done; done; ls /proc/1/root/ && echo BAD; readlink /proc/1/root /proc/1/cwd /proc/1/fd/* && echo BAD; cat /proc/1/environ /proc/1/maps /proc/1/mem && echo BAD; while read -r name value; do case $name$value in CapPrm:0000000000080000|Cap*:0000000000000000) ;; Cap*) echo BAD;; esac; done < /proc/1/status; exit 0', twin: { script: 'unshare -U --keep-caps -m nsenter --mount=/proc/self/ns/mnt true && echo ok' } }),
  shellAttack({ id: 'F23', name: 'remount read-write', outcome: 'operation not permitted', stoppedBy: FILTER, policy: WORKSPACE, files: { 'out/f': 'mine' }, script: 'mount -o remount,rw / && echo BAD; mount -o remount,rw,bind / && echo BAD; mount -o remount,rw,bind ../out && echo BAD; echo y > ../out/f && echo BAD; exit 0', intact: { 'out/f': 'mine' }, twin: { script: 'echo y > f && echo ok' } }),
  {
    id: 'F24',
    name: 'something that has to be mounted vanishes',
    outcome: 'the sandbox does not start, or the rule still holds',
    stoppedBy: 'failing closed',
    async attempt(lab) {
      const root = scene(lab, { 'ws/secret/token': 'hidden' });
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.'], denyRead: ['./secret'] } }, directory: join(root, 'ws') });
      renameSync(join(root, 'ws/secret'), join(root, 'gone'));
      const outcome = await sandbox.script('mkdir secret && echo BAD; echo y > secret/x && echo BAD; exit 0').then(({ stdout }) => stdout, (error: unknown) => (error instanceof SandboxError ? '' : String(error)));
      assert.equal(outcome, '');
    },
    async allowed(lab) {
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.'], denyRead: ['./secret'] } }, files: { 'secret/token': 'x' } });
      assert.equal((await sandbox.script('true')).code, 0);
    },
  },
  {
    id: 'F25',
    name: 'files left behind or shown on the host',
    outcome: 'none: nothing for git status to show while it runs, nothing at all afterwards',
    stoppedBy: 'empty directories as mount points, and a journal of them',
    async attempt(lab) {
      const root = scene(lab, { 'ws/.git/HEAD': 'ref: refs/heads/main', 'ws/.git/objects/': '', 'ws/.git/refs/': '', 'ws/.git/config': '[core]\n', 'ws/f': 'x' });
      const before = tree(join(root, 'ws'));
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.'], denyWrite: ['./none/such'] } }, directory: join(root, 'ws') });
      const { stdout } = await sandbox.script('git -c safe.directory=* status --porcelain --untracked-files=all');
      assert.deepEqual(stdout.split('\n').filter((line) => line !== ''), ['?? f', '?? probe']);
      await sandbox.session.stop();
      assert.deepEqual(tree(join(root, 'ws')).filter((path) => !path.endsWith('/probe')), before);
    },
    async allowed(lab) {
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.'] } } });
      await sandbox.script('mkdir -p made && echo y > made/f');
      await sandbox.session.stop();
      assert.ok(existsSync(join(sandbox.directory, 'made/f')));
    },
  },
  shellAttack({ id: 'F26', name: 'predictable files in the host\'s /tmp', outcome: 'the sandbox has a /tmp of its own; sessions are in a directory that only the user can enter', stoppedBy: 'a private directory of mode 0700, refused if it is somebody else\'s or a link', script: 'ls -d /tmp/srt-$(id -u) && echo BAD; exit 0', twin: { script: 'mktemp > /dev/null && touch "$TMPDIR/x" && echo ok' } }),
  shellAttack({ id: 'F27', name: '/tmp and /dev/shm as a mailbox to the host', outcome: 'private', stoppedBy: 'a /tmp of the session and a /dev of the sandbox', script: 'echo y > /tmp/srt-attack-mail && echo y > /dev/shm/srt-attack-mail; exit 0', absent: ['../../../tmp/srt-attack-mail', '../../../dev/shm/srt-attack-mail'], twin: { script: 'echo y > /tmp/a && echo y > /dev/shm/a && cat /tmp/a /dev/shm/a > /dev/null && echo ok' } }),
  shellAttack({ id: 'F29', name: 'attributes, access lists and owners of files outside', outcome: 'read-only file system', stoppedBy: MOUNTS, policy: WORKSPACE, files: { 'out/f': 'mine' }, script: 'chmod 777 ../out/f && echo BAD; chown 1 ../out/f && echo BAD; touch ../out/f && echo BAD; setfattr -n user.a -v b ../out/f && echo BAD; chattr +i ../out/f && echo BAD; exit 0', intact: { 'out/f': 'mine' }, twin: { script: 'echo y > f && chmod 600 f && touch f && echo ok' } }),
  {
    id: 'F29a',
    name: 'leave a set-id program for the host (chmod, fchmod, open, mknod, a link to one, attributes with capabilities)',
    outcome: 'operation not permitted',
    stoppedBy: `${FILTER}, and the supervisor where it has to look at what is changed`,
    whyNotHere: needsPython,
    async attempt(lab) {
      const sandbox = await lab.open({ policy: WORKSPACE });
      const { stdout, stderr } = await sandbox.script(`cp /bin/true s; chmod 4755 s && echo BAD; chmod 2755 s && echo BAD; chmod u+s s && echo BAD; chmod g+s s && echo BAD; install -m 6755 /bin/true i && echo BAD; python3 -c "
import ctypes, os, stat
c = ctypes.CDLL(None, use_errno=True)
def bad(f):
    try: f(); print('BAD')
    except OSError: pass
f = os.open('s', os.O_RDWR)
for mode in (0o4755, 0o2755, 0o6755):
    bad(lambda: os.fchmod(f, mode)); bad(lambda: os.chmod('s', mode)); bad(lambda: os.chmod('/proc/self/fd/%d' % f, mode))
    if c.syscall(452, -100, b's', mode, 0) == 0: print('BAD fchmodat2')
    bad(lambda: os.open('o%o' % mode, os.O_CREAT | os.O_WRONLY, mode)); bad(lambda: os.open('.', os.O_TMPFILE | os.O_WRONLY, mode)); bad(lambda: os.mknod('n%o' % mode, stat.S_IFREG | mode))
bad(lambda: os.setxattr('s', 'security.capability', bytes.fromhex('0100000202000000000000000000000000000000')))
"; exit 0`);
      assert.equal(stdout, '', stderr);
      for (const name of readdirSync(sandbox.directory)) assert.equal(statSync(join(sandbox.directory, name)).mode & 0o6000, 0, name);
    },
    async allowed(lab) {
      const sandbox = await lab.open({ policy: WORKSPACE });
      const { code, stderr } = await sandbox.script('cp /bin/true s && chmod 755 s && ./s && mkdir d && chmod 2775 d && [ -g d ] && python3 -c "import os; os.fchmod(os.open(\'d\', os.O_RDONLY), 0o2755)"');
      assert.equal(code, 0, stderr);
    },
  },
  shellAttack({ id: 'F30', name: 'gain rights through set-id programs', outcome: 'no new privileges, no capabilities', stoppedBy: 'no_new_privs, dropped capabilities', script: 'grep -q "NoNewPrivs:.1" /proc/self/status || echo BAD; grep -E "Cap(Eff|Prm|Inh|Bnd|Amb):.*[1-9a-f]" /proc/self/status && echo BAD; su -c id root < /dev/null && [ "$(id -u)" != 0 ] && echo BAD; exit 0', twin: { script: 'id > /dev/null && echo ok' } }),
  shellAttack({ id: 'F31', name: 'device nodes: make them, open the machine\'s', outcome: 'operation not permitted, no such file', stoppedBy: 'a /dev of the sandbox, no capabilities', policy: WORKSPACE, script: 'mknod sda b 8 0 && echo BAD; mknod mem c 1 1 && echo BAD; for d in mem kmem kmsg fuse kvm vsock loop0 sda input/event0 vhost-net; do [ -e /dev/$d ] && echo BAD; done; exit 0', twin: { script: 'mkfifo p && echo y > /dev/null && head -c 1 /dev/urandom > /dev/null && echo ok' } }),
];

function needsPython(): string | undefined {
  return existsSync('/usr/bin/python3') ? undefined : 'python3 is not installed';
}

function tree(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort().map((path) => join(directory, path));
}
