import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import { createSession, currentHost, locateHelper } from 'sandbox-core';
import { absolutePath } from 'sandbox-core/policy';

import { startSrt } from '../support/cli';
import { policyOf } from '../support/policies';
import { childrenOf, eventually, isDescendant, processesWith } from '../support/processes';
import { whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

const skip = whyNotEnforced() ?? false;

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
  const session = await createSession({ policy: policyOf({ filesystem: { allowWrite: ['.'] } }), host: { ...currentHost(), temporary: absolutePath(temporary) }, directory });
  const running = await session.run({ argv: ['sh', '-c', 'echo x > made; exit 7'], directory, streams: ['ignore', 'ignore', 'inherit'], terminal: 'none' });
  const { code } = await running.exited;
  await session.stop();
  assert.deepEqual(readdirSync(directory), ['made']);
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

  it(`of ${IN_A_ROW} sandboxes in a row`, (context) =>
    leavesNothing(context, async (temporary) => {
      for (let round = 0; round < IN_A_ROW; round++) assert.equal(await runOnce(context, temporary), 7);
    }));

  for (const victim of ['the CLI', 'the pod', 'bubblewrap', 'pid 1', 'the command'] as const)
    it(`when ${victim} is killed`, async (context) => {
      const directory = temporaryDirectory({ after: (undo) => context.after(undo) }, { 'policy.json': JSON.stringify(policyOf({ filesystem: { allowWrite: ['.'] } })) });
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
