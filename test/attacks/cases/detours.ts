import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { closeSync, existsSync, linkSync, openSync, readFileSync, renameSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { PolicyRefusedError } from 'sandbox-core';
import { absolutePath } from 'sandbox-core/policy';

import type { Attack, Lab, Laboratory, LabOptions } from '../attack';
import { scene, shellAttack } from '../shell-attack';

const GUARDS = 'the supervisor, which asks the policy';
const PLANNER = 'the planner, which follows each link on the way';
const WORKSPACE = { filesystem: { allowWrite: ['.'] } };
const CHANGE_INPUT = 'exec 5<&0; : > /proc/self/fd/0 && echo BAD; truncate -s 0 /proc/self/fd/5 && echo BAD; chmod 777 /proc/self/fd/0 && echo BAD';
const CHANGE_OPEN_INPUT = `touch /dev/stdin && echo BAD; perl -e 'chmod(0777, *STDIN) and print "BAD"'`;
const PATTERNS = { filesystem: { allowWrite: ['.'], denyRead: ['secret/*.pem'], denyWrite: ['lockd/*.lock', 'deploy/*/prod.yml'] } };

/** A command that has started, and waits for a line to go on: between the two, the host does something. */
async function meanwhile(sandbox: Laboratory, script: string, onHost: () => void): Promise<string> {
  const running = await sandbox.session.run({ argv: ['bash', '-c', `echo started; read -r; ${script}`], directory: absolutePath(sandbox.directory), streams: ['pipe', 'pipe', 'pipe'], terminal: 'none' });
  const [started] = (await once(running.stdout!, 'data')) as [Buffer];
  onHost();
  running.stdin!.end('\n');
  return started.toString() + (await Promise.all([text(running.stdout!), text(running.stderr!)])).join('');
}

/** What a script says that has a file of the host as its input. */
/** The kernel knows a file by the name that it was opened by, of which nothing is left. */
function renameByLink(path: string, other: string): void {
  linkSync(path, other);
  unlinkSync(path);
}

async function reading(sandbox: Laboratory, input: string, script: string): Promise<string> {
  const file = openSync(input, 'r');
  const { stdout } = await sandbox.script(script, { streams: [file, 'pipe', 'pipe'] });
  closeSync(file);
  return stdout;
}

async function refusesLink(lab: Lab, target: string, filesystem: NonNullable<LabOptions['policy']>['filesystem']): Promise<void> {
  const root = scene(lab, { 'ws/home/out/f': 'mine', 'home/out/f': 'mine' });
  symlinkSync(target, join(root, 'ws/a'));
  await isRefused(lab, join(root, 'ws'), { policy: { ...(filesystem && { filesystem }) } }, 'allow-through-link');
}

async function isRefused(lab: Lab, directory: string, policy: Parameters<Lab['open']>[0], code: string): Promise<void> {
  const sandbox = await lab.open({ ...policy, directory });
  await assert.rejects(sandbox.script('true'), (error: unknown) => error instanceof PolicyRefusedError && error.refusals[0]?.code === code);
}

/** Ways around a rule that lead through something that is not the protected file itself: a link above it, its directory, what was lent. */
export const detourAttacks: readonly Attack[] = [
  {
    id: 'F03b',
    name: 'a directory above an allowed path that an earlier command replaced by a link',
    outcome: 'the policy is refused by name',
    stoppedBy: PLANNER,
    async attempt(lab) {
      for (const filesystem of [{ allowWrite: ['.', './a/out'] }, { allowWrite: ['.'], denyRead: ['../home'], allowRead: ['./a/out'] }, { allowWrite: ['.', './a/*/out'] }]) await refusesLink(lab, '../home', filesystem);
      // Within what may be written, to what may not be read.
      for (const filesystem of [{ allowWrite: ['.'], denyRead: ['./home'], allowRead: ['./a/out'] }, { allowWrite: ['.', './a'], denyRead: ['./home'] }]) await refusesLink(lab, 'home', filesystem);
    },
    async allowed(lab) {
      const root = scene(lab, { 'ws/b/out/': '' });
      symlinkSync('b', join(root, 'ws/a'));
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.', './a/out'] } }, directory: join(root, 'ws') });
      assert.equal((await sandbox.script('echo y > a/out/f')).code, 0);
    },
  },
  {
    id: 'F03c',
    name: 'a denied file below a link, which can be replaced by a directory',
    outcome: 'the policy is refused by name',
    stoppedBy: PLANNER,
    async attempt(lab) {
      const root = scene(lab, { 'ws/real/prod.yml': 'mine' });
      symlinkSync('real', join(root, 'ws/conf'));
      await isRefused(lab, join(root, 'ws'), { policy: { filesystem: { allowWrite: ['.'], denyWrite: ['./conf/prod.yml'] } } }, 'deny-of-link');
    },
    async allowed(lab) {
      const root = scene(lab, { 'ws/real/prod.yml': 'mine' });
      symlinkSync('ws', join(root, 'way'));
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.'], denyWrite: [join(root, 'way/real/prod.yml')] } }, directory: join(root, 'ws') });
      assert.equal((await sandbox.script('echo y > real/prod.yml || echo y > real/other')).code, 0);
      assert.equal(readFileSync(join(root, 'ws/real/prod.yml'), 'utf8'), 'mine');
    },
  },
  shellAttack({
    id: 'F32', name: 'give other files a protected name by a link above them', outcome: 'permission denied', stoppedBy: GUARDS, policy: PATTERNS,
    script: 'mkdir -p x/commands s deploy; echo y > x/config; echo y > x/prod.yml; ln -s x .cargo && echo BAD; ln -s ../x s/.claude && echo BAD; ln -s nothing-yet s/.git && echo BAD; ln -s ../x s/tmp; mv s/tmp s/.git && echo BAD; ln s/tmp s/.cargo && echo BAD; mkdir d; ln -s "$PWD/x" d/.claude && echo BAD; ln -s ../x deploy/us && echo BAD; mkdir e; ln -s ../../x e/us; mv e deploy/eu; cat deploy/eu/us/prod.yml && ln -s eu/us deploy/as && echo BAD; exit 0',
    absent: ['ws/.cargo', 'ws/s/.claude', 'ws/s/.git', 'ws/deploy/us'], reported: /create .*\/\.cargo toolchain-config/,
    twin: { script: 'mkdir y; ln -s y ok && ln -s /usr/lib .cargo && ln -s y/missing dangling && ln -s /tmp/z z && echo ok' },
  }),
  {
    id: 'F32a',
    name: 'free what a pattern denies by moving its directory, or by another name for it',
    outcome: 'permission denied',
    stoppedBy: GUARDS,
    async attempt(lab) {
      const root = scene(lab, { 'ws/secret/': '', 'ws/lockd/': '' });
      const sandbox = await lab.open({ policy: PATTERNS, directory: join(root, 'ws') });
      const script = 'mv secret public && echo BAD; cat public/a.pem && echo BAD; ln secret/a.pem pub && echo BAD; mv secret/a.pem pub && echo BAD; mv lockd l2 && echo BAD; echo y > lockd/a.lock && echo BAD; exit 0';
      const said = await meanwhile(sandbox, script, () => {
        writeFileSync(join(root, 'ws/secret/a.pem'), 'hidden');
        writeFileSync(join(root, 'ws/lockd/a.lock'), 'mine');
      });
      assert.doesNotMatch(said, /BAD|hidden/);
      assert.match(sandbox.violations().join('\n'), /rename .*\/secret\/a\.pem \/filesystem\/denyRead\/0[^]*rename .*\/lockd\/a\.lock \/filesystem\/denyWrite\/0/);
    },
    async allowed(lab) {
      const sandbox = await lab.open({ policy: PATTERNS, files: { 'secret/a.txt': 'plain' } });
      assert.match((await sandbox.script('mv secret public && cat public/a.txt && mv public secret')).stdout, /plain/);
    },
  },
  {
    id: 'F12b',
    name: 'change the file that standard input comes from: its content, its mode, its times',
    outcome: 'read-only file system',
    stoppedBy: 'standard input, opened anew where the policy\'s mounts show the file',
    async attempt(lab) {
      const root = scene(lab, { 'input': 'mine' });
      const sandbox = await lab.open({ policy: WORKSPACE, directory: join(root, 'ws') });
      const before = statSync(join(root, 'input'));
      assert.equal(await reading(sandbox, join(root, 'input'), `${CHANGE_INPUT}; ${CHANGE_OPEN_INPUT}; echo done`), 'done\n');
      const after = statSync(join(root, 'input'));
      assert.deepEqual([readFileSync(join(root, 'input'), 'utf8'), after.mode, after.mtimeMs], ['mine', before.mode, before.mtimeMs]);
    },
    async allowed(lab) {
      const root = scene(lab, { 'ws/input': 'mine' });
      const sandbox = await lab.open({ policy: WORKSPACE, directory: join(root, 'ws') });
      assert.equal(await reading(sandbox, join(root, 'ws/input'), 'cat && chmod 600 /proc/self/fd/0 && echo ok'), 'mineok\n');
    },
  },
  {
    id: 'F12c',
    name: 'the same with a file that the policy hides, and that is lent nevertheless',
    outcome: 'read-only file system',
    stoppedBy: 'standard input, opened anew on a read-only mount of its own',
    async attempt(lab) {
      const root = scene(lab, { 'vault/key': 'mine' });
      const before = statSync(join(root, 'vault/key'));
      for (const allowNestedUserNamespaces of [false, true]) {
        const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.'], denyRead: ['../vault'] }, allowNestedUserNamespaces }, directory: join(root, 'ws') });
        assert.equal(await reading(sandbox, join(root, 'vault/key'), `${CHANGE_INPUT}; ${CHANGE_OPEN_INPUT}; echo done`), 'done\n');
        assert.match(sandbox.violations().join('\n'), /change .*\/vault\/key \/filesystem\/denyRead\/0/);
      }
      const after = statSync(join(root, 'vault/key'));
      assert.deepEqual([readFileSync(join(root, 'vault/key'), 'utf8'), after.mode, after.mtimeMs], ['mine', before.mode, before.mtimeMs]);
    },
    async allowed(lab) {
      const root = scene(lab, { 'vault/key': 'mine' });
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.'], denyRead: ['../vault'] } }, directory: join(root, 'ws') });
      assert.equal(await reading(sandbox, join(root, 'vault/key'), 'cat && : > own && chmod 600 own && echo ok'), 'mineok\n');
    },
  },
  {
    id: 'F12d',
    name: 'the same with a file that has lost the name by which it was opened, and has another one',
    outcome: 'read-only file system; refused by name where programs may make namespaces',
    stoppedBy: 'the supervisor, which changes files on the sandbox\'s own mounts alone',
    async attempt(lab) {
      for (const allowNestedUserNamespaces of [false, true]) {
        const root = scene(lab, { 'vault/key': 'mine' });
        const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.'], denyRead: ['../vault'] }, allowNestedUserNamespaces }, directory: join(root, 'ws') });
        const file = openSync(join(root, 'vault/key'), 'r');
        renameByLink(join(root, 'vault/key'), join(root, 'vault/other'));
        const running = sandbox.script(`${CHANGE_INPUT}; echo done`, { streams: [file, 'pipe', 'pipe'] });
        if (allowNestedUserNamespaces) await assert.rejects(running, /standard input is a file that cannot be kept from being changed/);
        else assert.equal((await running).stdout, 'done\n');
        closeSync(file);
        assert.equal(readFileSync(join(root, 'vault/other'), 'utf8'), 'mine');
      }
    },
    async allowed(lab) {
      const root = scene(lab, { 'ws/own': 'mine' });
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.'] }, allowNestedUserNamespaces: true }, directory: join(root, 'ws') });
      assert.equal(await reading(sandbox, join(root, 'ws/own'), 'cat && : > /proc/self/fd/0 && echo ok'), 'mineok\n');
    },
  },
  {
    id: 'I01j',
    name: 'link or move a socket of the host to a listed name at which there is none yet',
    outcome: 'permission denied; a link is refused by name',
    stoppedBy: `${GUARDS}, and the planner`,
    async attempt(lab) {
      const root = scene(lab, { 'ws/socks/': '' });
      const ws = join(root, 'ws');
      const server = createServer((socket) => socket.end('BAD')).listen(join(ws, 'agent'));
      lab.context.after(() => void server.close());
      await once(server, 'listening');
      const policy = { filesystem: { allowWrite: ['.'] }, network: { allowedDomains: [], deniedDomains: [], allowUnixSockets: ['./new', './socks/new'] } };
      const sandbox = await lab.open({ policy, directory: ws });
      assert.doesNotMatch((await sandbox.script('ln agent new && echo BAD; ln -s agent new && echo BAD; mv agent socks/new && echo BAD; mv socks s; mkdir socks; ln agent socks/new && echo BAD; ./probe unix-connect socks/new; ./probe unix-connect new')).stdout, /BAD|ok/);
      assert.equal(existsSync(join(ws, 'new')), false);
      symlinkSync('agent', join(ws, 'new'));
      await assert.rejects(sandbox.script('true'), (error: unknown) => error instanceof PolicyRefusedError && error.refusals[0]?.code === 'allow-through-link');
    },
    async allowed(lab) {
      const root = scene(lab, {});
      const ws = join(root, 'ws');
      const policy = { filesystem: { allowWrite: ['.'] }, network: { allowedDomains: [], deniedDomains: [], allowUnixSockets: ['./new'] } };
      const sandbox = await lab.open({ policy, directory: ws });
      const server = createServer((socket) => socket.end('hello')).listen(join(root, 'made'));
      lab.context.after(() => void server.close());
      await once(server, 'listening');
      const said = await meanwhile(sandbox, './probe unix-connect new', () => renameSync(join(root, 'made'), join(ws, 'new')));
      assert.match(said, /ok/);
    },
  },
  {
    id: 'K27',
    name: 'write settings of the whole kernel, which belong to root',
    outcome: 'read-only file system',
    stoppedBy: 'mounts over all of /proc that is no process\'s',
    async attempt(lab) {
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['/'] } } });
      const settings = ['/proc/sys/kernel/core_pattern', '/proc/sys/vm/overcommit_ratio', '/proc/irq/default_smp_affinity', '/proc/sysrq-trigger', '/proc/mtrr'];
      assert.doesNotMatch((await sandbox.script(`for f in ${settings.join(' ')}; do [ ! -e $f ] || (: >> $f) && [ -e $f ] && echo BAD $f; done; exit 0`)).stdout, /BAD/);
    },
    async allowed(lab) {
      const sandbox = await lab.open();
      assert.match((await sandbox.script('echo 500 > /proc/self/oom_score_adj && echo name > /proc/self/comm && cat /proc/sys/kernel/core_pattern > /dev/null && echo ok')).stdout, /ok/);
    },
  },
];
