import { strict as assert } from 'node:assert';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';

import { createSession, currentHost, SandboxError } from 'sandbox-core';
import { absolutePath } from 'sandbox-core/policy';

import { srtCommand, startSrt } from '../support/cli';
import { policyOf } from '../support/policies';
import { openSandbox, whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

const skip = whyNotEnforced() ?? false;
const POLICY = policyOf({ filesystem: { allowWrite: ['.'], denyWrite: ['./absent/deep'] } });

/** Mount points for what does not exist are made here; afterwards only `probe` files of the test's own are left. */
function project(context: TestContext): { readonly directory: string; readonly temporary: string } {
  const directory = temporaryDirectory(context, { 'settings.json': JSON.stringify(POLICY), '.git/HEAD': 'ref', 'ws/': '', 'tmp/': '' });
  return { directory, temporary: join(directory, 'tmp') };
}

function leftovers(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) => !['settings.json', '.git', '.git/HEAD', 'ws', 'tmp', 'started'].includes(path)).sort();
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Processes whose command line names the directory: `srt`, the pod, the sandbox. */
function processesOf(directory: string): number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => pid !== process.pid && readCommandLine(pid).includes(directory));
}

function readCommandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

describe('after a fault', { skip }, () => {
  it('nothing is left when srt is killed while a command runs', async (context) => {
    const { directory, temporary } = project(context);
    const child = startSrt(['-s', 'settings.json', '-c', 'touch started; exec sleep 1000'], { cwd: directory, env: { TMPDIR: temporary } });
    await until(() => existsSync(join(directory, 'started')));
    assert.ok(leftovers(directory).includes('absent/deep'));
    child.kill('SIGKILL');
    await until(() => processesOf(temporary).length === 0);
    assert.deepEqual(leftovers(directory), []);
  });

  it('the next session removes what all processes of one left, killed at once', async (context) => {
    const { directory, temporary } = project(context);
    startSrt(['-s', 'settings.json', '-c', 'touch started; exec sleep 1000'], { cwd: directory, env: { TMPDIR: temporary } });
    await until(() => existsSync(join(directory, 'started')));
    const own = processesOf(temporary);
    assert.ok(own.length >= 1);
    const parents = own.flatMap((pid) => [Number(/^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]), pid]).filter((pid) => pid !== process.pid && pid > 1);
    for (const pid of parents) process.kill(pid, 'SIGSTOP');
    for (const pid of parents) process.kill(pid, 'SIGKILL');
    await until(() => processesOf(temporary).length === 0);
    const next = spawn(process.execPath, [srtCommand, '-s', 'settings.json', 'true'], { cwd: directory, env: { ...process.env, TMPDIR: temporary }, stdio: 'ignore' });
    assert.equal(await new Promise((resolve) => next.once('exit', resolve)), 0);
    assert.deepEqual(leftovers(directory), []);
  });

  it('a bubblewrap that fails half-way runs nothing, says so, and leaves nothing', async (context) => {
    const { directory } = project(context);
    const wrapper = join(directory, 'ws/bwrap');
    writeFileSync(wrapper, '#!/bin/sh\ncase " $* " in *" --args "*) echo "bwrap: out of luck" >&2; exit 1;; esac\nexec bwrap "$@"\n');
    chmodSync(wrapper, 0o755);
    const sandbox = await openSandbox(context, { policy: { ...POLICY, bwrapPath: wrapper }, directory });
    await assert.rejects(async () => {
      const running = await sandbox.session.run({ argv: ['touch', 'ran'], directory: absolutePath(directory), streams: ['ignore', 'pipe', 'pipe'], terminal: 'none' });
      await running.exited;
    }, (error: unknown) => error instanceof SandboxError && error.code === 'sandbox-start-failed');
    await sandbox.session.stop();
    assert.deepEqual(leftovers(directory), ['ws/bwrap']);
  });

  it('a bubblewrap that is too old is told by its version, and leaves nothing', async (context) => {
    const { directory, temporary } = project(context);
    const wrapper = join(directory, 'ws/bwrap');
    writeFileSync(wrapper, '#!/bin/sh\n[ "$1" = --version ] && exec echo bubblewrap 0.6.1\nexec bwrap "$@"\n');
    chmodSync(wrapper, 0o755);
    const opening = createSession({ policy: { ...POLICY, bwrapPath: wrapper }, host: { ...currentHost(), temporary: absolutePath(temporary) }, directory: absolutePath(directory) });
    await assert.rejects(opening, (error: unknown) => error instanceof SandboxError && error.code === 'bubblewrap-too-old' && error.message.includes('0.6.1'));
    assert.deepEqual(leftovers(directory), ['ws/bwrap']);
  });

  it('a session that cannot start leaves nothing', async (context) => {
    const { directory, temporary } = project(context);
    const wrapper = join(directory, 'ws/bwrap');
    writeFileSync(wrapper, '#!/bin/sh\nexit 1\n');
    chmodSync(wrapper, 0o755);
    await assert.rejects(createSession({ policy: { ...POLICY, bwrapPath: wrapper }, host: { ...currentHost(), temporary: absolutePath(temporary) }, directory: absolutePath(directory) }), SandboxError);
    assert.deepEqual(leftovers(directory), ['ws/bwrap']);
  });

  it('a full disk is an error, not a sandbox with less than its policy', async (context) => {
    const { directory, temporary } = project(context);
    const filled = `mount -t tmpfs -o size=16k none ${temporary} && { head -c 1000000 /dev/zero > ${temporary}/fill; exec ${process.execPath} ${srtCommand} -s settings.json -c 'touch ran'; }`;
    const probe = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', temporary]);
    if (probe.status !== 0) return context.skip('a mount namespace cannot be made here');
    const child = spawn('unshare', ['-rm', 'sh', '-c', filled], { cwd: directory, env: { ...process.env, TMPDIR: temporary }, stdio: ['ignore', 'pipe', 'pipe'] });
    const [stderr, code] = await Promise.all([text(child.stderr), new Promise((resolve) => child.once('exit', resolve))]);
    assert.notEqual(code, 0, stderr);
    assert.match(stderr, /^Error: .*(ENOSPC|no space)/im);
    assert.deepEqual(leftovers(directory), []);
  });
});
