import { strict as assert } from 'node:assert';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Attack, Lab, Laboratory } from '../attack';

const MADE_FOR_THE_CALLER = 'the supervisor, which makes the call itself on what was judged';
const WORKSPACE = { filesystem: { allowWrite: ['.'] } };

/** Every call that gives something a name. */
const WAYS = ['open', 'creat', 'mkdir', 'mknod', 'symlink', 'link', 'rename'] as const;

/** Runs a script that waits for `go`, and does something on the host before that is there. */
async function whileRunning(sandbox: Laboratory, script: string, onHost: () => void): Promise<string> {
  const running = sandbox.script(`touch ready; until [ -e go ]; do sleep 0.02; done; ${script}`);
  while (!existsSync(join(sandbox.directory, 'ready'))) await new Promise((resolve) => setImmediate(resolve));
  onHost();
  writeFileSync(join(sandbox.directory, 'go'), '');
  return (await running).stdout.trim();
}

/** `.env` and `.mcp.json` appear on the host while a command runs, and a thread exchanges the path of a call for theirs. */
function raceForExisting(way: 'read' | 'write' | 'truncate', held: string, policy: Parameters<Lab['open']>[0]): Attack['attempt'] {
  return async (lab) => {
    const sandbox = await lab.open(policy);
    const file = join(sandbox.directory, 'sub', held);
    const answer = await whileRunning(sandbox, `./probe race-path ${way} sub/${held.slice(0, -1)}_ sub/${held}`, () => {
      mkdirSync(join(sandbox.directory, 'sub'));
      writeFileSync(file, 'secret');
      writeFileSync(`${file.slice(0, -1)}_`, 'x');
    });
    assert.equal(answer, 'EACCES');
    assert.equal(readFileSync(file, 'utf8'), 'secret');
  };
}

/** On a machine that has much to do the exchanging thread may get no turn at the right moment: what may succeed is tried more often than what must not. */
async function raceIsWon(sandbox: Laboratory, ...race: readonly string[]): Promise<boolean> {
  for (let tries = 0; tries < 20; tries++) if ((await sandbox.probe(...race)) === 'ok') return true;
  return false;
}

/** A directory that is moved is looked through before, and the more slowly the longer the names in it are: half a second. */
const LONG_JUDGED = { 'sub/plain/': '', ...Object.fromEntries(Array.from({ length: 4000 }, (_, index) => [`large/${'d/'.repeat(50)}${index}`, ''])) };

export const raceAttacks: readonly Attack[] = [
  {
    id: 'K20b',
    name: 'exchange the path of a call for a held name while it is judged (open, creat, mkdir, mknod, symlink, link, rename)',
    outcome: 'the held name never exists, in thousands of tries each',
    stoppedBy: MADE_FOR_THE_CALLER,
    async attempt(lab) {
      const sandbox = await lab.open({ policy: WORKSPACE, files: { source: 'x', 'sub/': '' } });
      const { stdout } = await sandbox.script(WAYS.map((way) => `echo x > source; ./probe race-path ${way} sub/.mcp.jso_ sub/.mcp.json source`).join('\n'));
      assert.deepEqual(stdout.trim().split('\n'), WAYS.map(() => 'EACCES'));
      assert.equal(existsSync(join(sandbox.directory, 'sub/.mcp.json')), false);
      assert.match(sandbox.violations().join('\n'), /sub\/\.mcp\.json agent-tools/);
    },
    async allowed(lab) {
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.'], liftProtections: ['agent-tools'] } }, files: { source: 'x', 'sub/': '' } });
      assert.ok(await raceIsWon(sandbox, 'race-path', 'open', 'sub/.mcp.jso_', 'sub/.mcp.json', 'source'));
    },
  },
  {
    id: 'K20c',
    name: 'exchange the directory that a path starts at while it is judged',
    outcome: 'the held name never exists',
    stoppedBy: MADE_FOR_THE_CALLER,
    async attempt(lab) {
      const sandbox = await lab.open({ policy: WORKSPACE, files: { 'plain/': '', 'sub/.claude/': '' } });
      assert.equal(await sandbox.probe('race-directory', 'plain', 'sub/.claude', 'settings.json'), 'EACCES');
      assert.equal(existsSync(join(sandbox.directory, 'sub/.claude/settings.json')), false);
    },
    async allowed(lab) {
      const sandbox = await lab.open({ policy: WORKSPACE, files: { 'plain/': '', 'sub/other/': '' } });
      assert.ok(await raceIsWon(sandbox, 'race-directory', 'plain', 'sub/other', 'settings.json'));
    },
  },
  {
    id: 'K20d',
    name: 'the same to read a file that a pattern denies and that appears meanwhile',
    outcome: 'permission denied, in thousands of tries',
    stoppedBy: MADE_FOR_THE_CALLER,
    attempt: raceForExisting('read', '.env', { policy: { filesystem: { allowWrite: ['.'], denyRead: ['**/.env'] } } }),
    allowed: async (lab) => assert.equal((await (await lab.open({ policy: { filesystem: { allowWrite: ['.'], denyRead: ['**/.env'] } }, files: { env: 'plain' } })).script('cat env; cat < /dev/stdin <<< y; cat <(echo z)')).stdout, 'plainy\nz\n'),
  },
  {
    id: 'K20e',
    name: 'the same to change a protected file that appears meanwhile (open, truncate)',
    outcome: 'permission denied, content the same',
    stoppedBy: MADE_FOR_THE_CALLER,
    async attempt(lab) {
      await raceForExisting('write', '.mcp.json', { policy: WORKSPACE })(lab);
      await raceForExisting('truncate', '.mcp.json', { policy: WORKSPACE })(lab);
    },
    allowed: async (lab) => assert.equal((await (await lab.open({ policy: WORKSPACE })).script('echo long > f; truncate -s 1 f; cat f')).stdout, 'l'),
  },
  {
    id: 'K20f',
    name: 'give a protected file that appears meanwhile another name, and write through that',
    outcome: 'permission denied',
    stoppedBy: MADE_FOR_THE_CALLER,
    async attempt(lab) {
      const sandbox = await lab.open({ policy: WORKSPACE, files: { 'sub/': '' } });
      const answer = await whileRunning(sandbox, 'ln sub/.mcp.json l && echo BAD; mv sub/.mcp.json m && echo BAD; ln -s .mcp.json sub/s; echo y > sub/s && echo BAD; exec 3< sub/.mcp.json; echo y > /proc/self/fd/3 && echo BAD; exit 0', () => writeFileSync(join(sandbox.directory, 'sub/.mcp.json'), 'mine'));
      assert.equal(answer, '');
      assert.equal(readFileSync(join(sandbox.directory, 'sub/.mcp.json'), 'utf8'), 'mine');
    },
    allowed: async (lab) => assert.equal((await (await lab.open({ policy: WORKSPACE })).script('echo x > f; ln f l; exec 3< l; echo y > /proc/self/fd/3; cat f')).stdout, 'y\n'),
  },
  {
    id: 'K20g',
    name: 'make oneself unreadable, so that the supervisor cannot look at the path (PR_SET_DUMPABLE)',
    outcome: 'permission denied, as for any program',
    stoppedBy: 'pid 1 has CAP_SYS_PTRACE in the sandbox, in force for that look alone',
    async attempt(lab) {
      const sandbox = await lab.open({ policy: WORKSPACE, files: { 'sub/': '' } });
      assert.equal(await sandbox.probe('undumpable', 'open', 'sub/.mcp.json', '0101'), 'EACCES');
      assert.equal(await sandbox.probe('undumpable', 'race-path', 'open', 'sub/.mcp.jso_', 'sub/.mcp.json', 'source'), 'EACCES');
      assert.equal(existsSync(join(sandbox.directory, 'sub/.mcp.json')), false);
    },
    allowed: async (lab) => assert.equal(await (await lab.open({ policy: WORKSPACE })).probe('undumpable', 'open', 'new', '0101'), 'ok'),
  },
  {
    id: 'K20h',
    name: 'two commands of a session, of which one moves the directory while the call of the other is judged',
    outcome: 'the held name never exists: the move waits, and is refused then',
    stoppedBy: 'the supervisors of a session, which take turns',
    async attempt(lab) {
      const sandbox = await lab.open({ policy: WORKSPACE, files: LONG_JUDGED });
      await Promise.all([sandbox.probe('race-judged', 'large', 'sub/plain/commands'), sandbox.probe('race-meanwhile', 'sub/plain', 'sub/.claude')]);
      assert.equal(existsSync(join(sandbox.directory, 'sub/.claude/commands')), false);
    },
    async allowed(lab) {
      const sandbox = await lab.open({ policy: { filesystem: { allowWrite: ['.'], liftProtections: ['agent-settings'] } }, files: LONG_JUDGED });
      assert.equal(await sandbox.probe('race-judged', 'large', 'sub/plain/commands'), 'ok');
      assert.equal(await sandbox.probe('race-meanwhile', 'sub/plain', 'sub/.claude'), 'ok');
    },
  },
];
