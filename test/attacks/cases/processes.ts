import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { srt, srtCommand } from '../../support/cli';
import { policyOf } from '../../support/policies';
import { childrenOf, eventually, processesWith } from '../../support/processes';
import { probeAttack, type Attack } from '../attack';

const ESCAPE = '\x1b]52;c;ZXZpbA==\x07';

export const processAttacks: readonly Attack[] = [
  {
    id: 'K13',
    name: 'leave a daemon behind (setsid, double fork, signals ignored)',
    outcome: 'it ends with its command',
    stoppedBy: 'the pid namespace ends with pid 1',
    async attempt(lab) {
      const sandbox = await lab.open();
      const marker = `71${process.pid}${Date.now() % 1000}`;
      await sandbox.script(`(trap "" TERM HUP INT; setsid setsid sleep ${marker} >/dev/null 2>&1 & disown) & wait; exit 0`);
      assert.deepEqual(processesWith(`sleep\0${marker}`), []);
    },
    allowed: async (lab) => assert.equal((await (await lab.open()).script('sleep 0.01 & wait $!; echo done')).stdout, 'done\n'),
  },
  {
    id: 'K16',
    name: 'signal processes of the host, and pid 1',
    outcome: 'ESRCH, or nothing happens',
    stoppedBy: 'the pid namespace; pid 1 takes no signal from inside',
    async attempt(lab) {
      const sandbox = await lab.open();
      assert.equal(await sandbox.probe('kill', String(process.pid), '9'), process.pid < 20 ? 'ok' : 'ESRCH');
      const { stdout } = await sandbox.script('trap "" TERM; ./probe kill 1 9; ./probe kill 1 19; ./probe kill -1 15; kill -0 1; echo "alive $?"');
      assert.match(stdout, /alive 0\n$/);
    },
    allowed: async (lab) => assert.equal((await (await lab.open()).script('sleep 100 & kill $!; wait $!; echo $?')).stdout, '143\n'),
  },
  {
    id: 'K17',
    name: 'use descriptors that the caller left open',
    outcome: 'they are closed',
    stoppedBy: 'close_range before bubblewrap and again before the command',
    async attempt(lab) {
      const sandbox = await lab.open({ files: { secret: 'secret', 'policy.json': JSON.stringify(policyOf()) } });
      const secret = openSync(join(sandbox.directory, 'secret'), 'r+');
      const streams = ['ignore', 'pipe', 'pipe', secret, secret, 'pipe'] as const;
      const { stdout } = spawnSync(process.execPath, [srtCommand, '-s', 'policy.json', 'bash', '-c', 'cat <&3; cat <&4; ls /proc/self/fd'], { cwd: sandbox.directory, stdio: [...streams], encoding: 'utf8' });
      assert.equal(stdout, '0\n1\n2\n3\n'); // 3 is ls, looking at the directory
    },
    allowed: async (lab) => assert.equal((await (await lab.open({ files: { file: 'seen' } })).script('exec 7< file; cat <&7')).stdout, 'seen'),
  },
  {
    id: 'K19',
    name: 'overwrite the helper, which is pid 1, through /proc/1/exe',
    outcome: 'EACCES',
    stoppedBy: 'pid 1 is not dumpable, and the helper lies on a read-only mount',
    async attempt(lab) {
      const sandbox = await lab.open();
      const { stdout } = await sandbox.script('for name in exe mem environ fd/3 root/etc/passwd cwd maps; do ./probe open /proc/1/$name 0; ./probe open /proc/1/$name 1; done');
      assert.deepEqual(new Set(stdout.trim().split('\n')), new Set(['EACCES']));
    },
    allowed: async (lab) => assert.equal(await (await lab.open()).probe('open', '/proc/self/maps', '0'), 'ok'),
  },
  {
    id: 'K20',
    name: 'flood the supervisor with notified calls',
    outcome: 'every call is refused',
    stoppedBy: 'the mounts decide; the supervisor only reports',
    async attempt(lab) {
      const sandbox = await lab.open();
      assert.equal(await sandbox.probe('flood', '2000', join(sandbox.directory, 'new')), 'EROFS');
      assert.equal(sandbox.violations().length, 1, 'repeats are counted, not listed');
    },
    allowed: async (lab) => assert.equal(await (await lab.open({ policy: { filesystem: { allowWrite: ['.'] } } })).probe('open', 'new', '0101'), 'ok'),
  },
  {
    id: 'K20a',
    name: 'go on when the supervisor has been killed',
    outcome: 'the sandbox ends',
    stoppedBy: 'the supervisor is pid 1 of the namespace',
    async attempt(lab) {
      const sandbox = await lab.open();
      const running = await sandbox.session.run({ argv: ['bash', '-c', 'echo ready; exec sleep 1000'], directory: sandbox.directory as never, streams: ['ignore', 'pipe', 'ignore'], terminal: 'none' });
      await once(running.stdout!, 'data');
      const [supervisor] = childrenOf(running.pid);
      assert.ok(supervisor);
      process.kill(supervisor, 'SIGKILL');
      // Killed at once, it has not told of the start yet: then that is what failed.
      await running.exited.then(({ code }) => assert.equal(code, 137), (error: unknown) => assert.match(String(error), /137/));
      await eventually(() => childrenOf(running.pid).length === 0, 'everything in the sandbox has ended');
    },
    allowed: async (lab) => assert.equal((await (await lab.open()).run(['true'])).code, 0),
  },
  {
    id: 'K23',
    name: 'send terminal escapes through a path that is refused',
    outcome: 'they are shown as U+FFFD',
    stoppedBy: 'the violation record and the summary print no control characters',
    async attempt(lab) {
      const directory = lab.directory({ 'policy.json': JSON.stringify(policyOf()) });
      const { stderr } = await srt(['-s', 'policy.json', 'bash', '-c', 'exec 2> /dev/null; echo > "$1"; exit 0', 'x', join(directory, ESCAPE)], { cwd: directory });
      assert.match(stderr, /\uFFFD\]52;c/);
      assert.doesNotMatch(stderr, /[\x00-\x08\x0b-\x1f\x7f]/);
    },
    async allowed(lab) {
      const directory = lab.directory({ 'policy.json': JSON.stringify(policyOf()) });
      const { stderr } = await srt(['-s', 'policy.json', 'bash', '-c', 'echo > plain-name 2>/dev/null; exit 0'], { cwd: directory });
      assert.match(stderr, /plain-name/);
    },
  },
  {
    id: 'K24',
    name: 'print what looks like our own report',
    outcome: 'it is the command\'s output and nothing else',
    stoppedBy: 'violations and exit statuses travel over a channel that only pid 1 holds',
    async attempt(lab) {
      const sandbox = await lab.open();
      const { code } = await sandbox.script('echo "srt: 1 violation: write /etc/passwd"; for fd in 3 4 5 6 7 8 9; do printf "\\x10\\0\\0\\0\\4\\0\\0\\0exit\\1\\0\\0\\0\\0" 2>/dev/null >&$fd; done; exit 3');
      assert.deepEqual([code, sandbox.violations()], [3, []]);
    },
    async allowed(lab) {
      const sandbox = await lab.open();
      await sandbox.script('echo > real; exit 0');
      assert.equal(sandbox.violations().length, 1);
    },
  },
  {
    id: 'K25',
    name: 'run where there is no bubblewrap',
    outcome: 'nothing runs, and it is said why',
    stoppedBy: 'a refusal before the command',
    async attempt(lab) {
      const directory = lab.directory({ 'policy.json': JSON.stringify(policyOf({ bwrapPath: '/nonexistent/bwrap' })) });
      const { code, stdout, stderr } = await srt(['-s', 'policy.json', 'echo', 'ran'], { cwd: directory });
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, /bubblewrap.*\/nonexistent\/bwrap/);
    },
    allowed: async (lab) => assert.equal((await (await lab.open()).run(['echo', 'ran'])).stdout, 'ran\n'),
  },
  {
    id: 'K25a',
    name: 'run where no namespace can be made',
    outcome: 'nothing runs, and it is said why',
    stoppedBy: 'a refusal before the command',
    attempt(lab) {
      const directory = lab.directory({ 'policy.json': JSON.stringify(policyOf()) });
      const inNoNamespace = ['--unshare-user', '--disable-userns', '--dev-bind', '/', '/', '--chdir', directory, process.execPath, srtCommand, '-s', 'policy.json', 'echo', 'ran'];
      const { status, stdout, stderr } = spawnSync('bwrap', inNoNamespace, { encoding: 'utf8' });
      assert.deepEqual([status, stdout], [1, '']);
      assert.match(stderr, /does not let bubblewrap make namespaces/);
    },
    allowed: async (lab) => assert.equal((await (await lab.open()).run(['echo', 'ran'])).stdout, 'ran\n'),
  },
  {
    id: 'K26',
    name: 'start a wider sandbox from inside',
    outcome: 'it is refused; with allowNestedUserNamespaces it can only narrow',
    stoppedBy: 'no namespaces can be made inside',
    async attempt(lab) {
      const sandbox = await lab.open({ files: { 'wide.json': JSON.stringify(policyOf({ filesystem: { allowWrite: ['/'] } })) } });
      const { code } = await sandbox.run([process.execPath, srtCommand, '-s', 'wide.json', 'touch', join(sandbox.directory, 'made')]);
      assert.notEqual(code, 0);
      assert.notEqual(spawnSync('test', ['-e', join(sandbox.directory, 'made')]).status, 0);
    },
    async allowed(lab) {
      const directory = lab.directory();
      writeFileSync(join(directory, 'wide.json'), JSON.stringify(policyOf({ filesystem: { allowWrite: ['/'] } })));
      assert.equal((await srt(['-s', 'wide.json', 'touch', join(directory, 'made')], { cwd: directory })).code, 0);
    },
  },
  probeAttack({
    id: 'K19a',
    name: 'read the memory of pid 1 through /proc/1/mem',
    outcome: 'EACCES',
    stoppedBy: 'pid 1 is not dumpable',
    probe: ['open', '/proc/1/mem', '0'],
    expected: 'EACCES',
    allowed: async (lab) => assert.equal(await (await lab.open()).probe('open', '/proc/self/mem', '0'), 'ok'),
  }),
];
