import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import { createSession, currentHost, locateHelper, type Session } from 'sandbox-core';
import { absolutePath, type AbsolutePath } from 'sandbox-core/policy';

import { startSrt } from '../support/cli';
import { policyOf } from '../support/policies';
import { childrenOf, eventually, isDescendant, processesWith } from '../support/processes';
import { whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

const skip = whyNotEnforced() ?? false;

const POLICY = policyOf({ filesystem: { allowWrite: ['.'], denyWrite: ['./absent'] } });

/** Neither root nor whoever runs the tests. */
const SOMEBODY = 12345;

/** `npm run test:faults` takes the long ones. */
const [CONCURRENT, IN_A_ROW] = process.env['SRT_FAULTS'] === 'long' ? [100, 1000] : [8, 20];

/** What sandboxes could leave behind: of this process, and in a directory for temporary files that only they use. */
function holdings(temporary: string): Readonly<Record<string, number>> {
  const own = processesWith('srt-helper').filter((pid) => isDescendant(pid, process.pid));
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    children: childrenOf(process.pid).length,
    mounts: readFileSync('/proc/self/mountinfo', 'utf8').split('\n').length,
    temporaryFiles: readdirSync(temporary).length,
    namespaces: new Set(own.flatMap(networkOf)).size,
  };
}

function networkOf(pid: number): string[] {
  try {
    return [readlinkSync(`/proc/${pid}/ns/net`)];
  } catch {
    return [];
  }
}

async function runOnce(context: TestContext, temporary: string): Promise<number> {
  const directory = absolutePath(temporaryDirectory({ after: (undo) => context.after(undo) }));
  const code = await runIn(directory, temporary, 'echo x > made; exit 7');
  assert.deepEqual(readdirSync(directory), ['made']);
  return code;
}

/** A session for one command. */
async function runIn(directory: AbsolutePath, temporary: string, script: string): Promise<number> {
  const session = await createSession({ policy: POLICY, host: { ...currentHost(), temporary: absolutePath(temporary) }, directory });
  const running = await session.run({ argv: ['sh', '-c', script], directory, streams: ['ignore', 'ignore', 'inherit'], terminal: 'none' });
  const { code } = await running.exited;
  await session.stop();
  return code;
}

async function leavesNothing(context: TestContext, use: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = temporaryDirectory({ after: (undo) => context.after(undo) });
  assert.equal(await runOnce(context, temporary), 7); // what is made once and kept is not a leak
  const before = JSON.stringify(holdings(temporary));
  await use(temporary);
  await eventually(() => JSON.stringify(holdings(temporary)) === before, `${before}, as before`);
}

describe('nothing is left', { skip }, () => {
  it(`of ${CONCURRENT} sandboxes at once`, (context) =>
    leavesNothing(context, async (temporary) => assert.deepEqual(await Promise.all(Array.from({ length: CONCURRENT }, () => runOnce(context, temporary))), Array(CONCURRENT).fill(7))));

  it(`of ${CONCURRENT} sandboxes at once in one directory`, (context) =>
    leavesNothing(context, async (temporary) => {
      const directory = absolutePath(temporaryDirectory({ after: (undo) => context.after(undo) }));
      const script = 'mkdir -p absent/planted 2>/dev/null && exit 1; exit 7';
      assert.deepEqual(await Promise.all(Array.from({ length: CONCURRENT }, () => runIn(directory, temporary, script))), Array(CONCURRENT).fill(7));
      assert.deepEqual(readdirSync(directory), []);
    }));

  for (const shared of ['one directory', 'two directories'])
    it(`of two sessions in one project, with ${shared} for temporary files, and the end of the first takes no protection from the second`, (context) =>
    leavesNothing(context, async (temporary) => {
      const directory = absolutePath(temporaryDirectory({ after: (undo) => context.after(undo) }));
      const open = (own: string): Promise<Session> => createSession({ policy: POLICY, host: { ...currentHost(), temporary: absolutePath(own) }, directory });
      const [first, second] = [await open(temporary), await open(shared === 'one directory' ? temporary : temporaryDirectory({ after: (undo) => context.after(undo) }))];
      const command = { directory, terminal: 'none' } as const;
      assert.deepEqual(await (await first.run({ ...command, argv: ['true'], streams: ['ignore', 'ignore', 'inherit'] })).exited, { code: 0 });
      const running = await second.run({ ...command, argv: ['sh', '-c', 'echo ready; read line; mkdir -p absent/planted || exit 7'], streams: ['pipe', 'pipe', 'ignore'] });
      await once(running.stdout!, 'data');
      await first.stop();
      running.stdin!.end('go\n');
      assert.equal((await running.exited).code, 7);
      await second.stop();
      assert.deepEqual(readdirSync(directory), []);
    }));

  it('where root runs a command in the directory of another user', { skip: process.getuid?.() === 0 ? false : 'only root can' }, (context) =>
    leavesNothing(context, async (temporary) => {
      const directory = absolutePath(temporaryDirectory({ after: (undo) => context.after(undo) }));
      chownSync(directory, SOMEBODY, SOMEBODY);
      chmodSync(directory, 0o755);
      assert.equal(await runIn(directory, temporary, 'mkdir absent/planted 2>/dev/null && exit 1; exit 7'), 7);
      assert.deepEqual(readdirSync(directory), []);
    }));

  it('but what somebody put into a mount point meanwhile stays theirs', async (context) => {
    const directory = absolutePath(temporaryDirectory({ after: (undo) => context.after(undo) }));
    const session = await createSession({ policy: POLICY, host: currentHost(), directory });
    assert.deepEqual(await (await session.run({ directory, terminal: 'none', argv: ['true'], streams: ['ignore', 'ignore', 'inherit'] })).exited, { code: 0 });
    writeFileSync(join(directory, 'absent', 'kept'), '');
    rmSync(join(directory, 'absent', 'kept')); // even if it is empty again
    await session.stop();
    assert.deepEqual(readdirSync(directory), ['absent']);
  });

  it(`of ${IN_A_ROW} sandboxes in a row`, (context) =>
    leavesNothing(context, async (temporary) => {
      for (let round = 0; round < IN_A_ROW; round++) assert.equal(await runOnce(context, temporary), 7);
    }));

  for (const victim of ['the CLI', 'the pod', 'bubblewrap', 'pid 1', 'the command'] as const)
    it(`when ${victim} is killed`, async (context) => {
      const directory = temporaryDirectory({ after: (undo) => context.after(undo) }, { 'policy.json': JSON.stringify(POLICY) });
      const temporary = temporaryDirectory({ after: (undo) => context.after(undo) });
      const marker = `88${process.pid}${Date.now() % 10000}`;
      const child = startSrt(['-s', 'policy.json', '-c', `echo ready; sleep ${marker}; true`], { cwd: directory, env: { TMPDIR: temporary } });
      context.after(() => void child.kill('SIGKILL'));
      const exited = once(child, 'exit');
      await once(child.stdout!, 'data');
      process.kill(pick(victim, child.pid!), 'SIGKILL');
      await exited;
      await eventually(() => processesWith(`sleep\0${marker}`).length === 0, 'the command has ended');
      await eventually(() => !processesWith('srt-helper').some((pid) => isDescendant(pid, child.pid!)), 'our processes have ended');
      spawnSync(locateHelper(), ['sweep', join(temporary, `srt-${process.getuid?.() ?? 0}`)]);
      await eventually(() => readdirSync(directory).join() === 'policy.json', 'the mount points are removed');
    });
});

/** CLI → bwrap (the pod's) → pod; CLI → bwrap → pid 1 → command. */
function pick(victim: 'the CLI' | 'the pod' | 'bubblewrap' | 'pid 1' | 'the command', cli: number): number {
  if (victim === 'the CLI') return cli;
  const own = childrenOf(cli);
  const pods = processesWith('srt-helper\0pod').filter((pid) => isDescendant(pid, cli));
  const bubblewrap = own.find((pid) => !pods.some((pod) => isDescendant(pod, pid)));
  const [init] = childrenOf(bubblewrap!);
  const [command] = childrenOf(init!);
  const found = { 'the pod': pods.at(-1), bubblewrap, 'pid 1': init, 'the command': command }[victim];
  assert.ok(found, `${victim} is there`);
  return found;
}
