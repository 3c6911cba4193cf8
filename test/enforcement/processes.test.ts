import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { policyOf } from '../support/policies';
import { eventually, isDescendant, processesWith } from '../support/processes';
import { openSandbox, whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

const skip = whyNotEnforced() ?? false;

describe('processes in the sandbox', { skip }, () => {
  it('hand on their exit status, and a signal as 128 and its number', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf() });
    assert.equal((await sandbox.script('exit 42')).code, 42);
    const killed = await sandbox.script('kill -KILL $$');
    assert.deepEqual([killed.code, killed.signal], [137, 'SIGKILL']);
    assert.deepEqual([(await sandbox.run(['/nonexistent'])).code, (await sandbox.run(['/etc/passwd'])).code], [127, 126]);
    assert.match((await sandbox.run(['no-such-command'])).stderr, /^srt: no-such-command: command not found\n$/);
  });

  it('see only themselves', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf() });
    const { stdout } = await sandbox.script('ls -d /proc/[0-9]* | wc -l; cat /proc/1/environ /proc/1/maps 2>/dev/null | wc -c; kill -0 $PPID && kill -KILL 1; echo alive');
    const [count, bytes, alive] = stdout.trim().split('\n');
    assert.ok(Number(count) < 8, `sees ${count} processes`);
    assert.deepEqual([Number(bytes), alive], [0, 'alive']);
  });

  it('have no capabilities, no new privileges, a filter, and namespaces of their own', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf() });
    const { stdout } = await sandbox.script('grep -E "^(Cap(Eff|Prm|Bnd)|NoNewPrivs|Seccomp):" /proc/self/status; for n in pid net ipc uts cgroup user mnt; do readlink /proc/self/ns/$n; done');
    const lines = stdout.trim().split('\n').map((line) => line.replace(/\s+/g, ' '));
    assert.deepEqual(lines.slice(0, 5), ['CapPrm: 0000000000000000', 'CapEff: 0000000000000000', 'CapBnd: 0000000000000000', 'NoNewPrivs: 1', 'Seccomp: 2']);
    const own = lines.slice(5);
    const host = ['pid', 'net', 'ipc', 'uts', 'cgroup', 'user', 'mnt'].map((name) => readlinkSync(`/proc/self/ns/${name}`));
    assert.equal(own.length, 7);
    assert.deepEqual(own.filter((namespace) => host.includes(namespace)), []);
  });

  it('inherit no descriptor beyond the first three', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf() });
    const { stdout } = await sandbox.script('ls /proc/self/fd | tr "\\n" " "');
    assert.equal(stdout, '0 1 2 3 '); // 3 is ls looking at the directory
  });

  it('are refused the calls that lead out', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf() });
    const attempts = ['unshare -U true', 'unshare -r -n true', 'unshare -m true', 'mount -t tmpfs none /mnt', 'mount -o remount,rw /', 'umount /proc', 'chroot / true', 'nsenter -t 1 -m true'];
    const { stdout } = await sandbox.script(attempts.map((attempt) => `${attempt} >/dev/null 2>&1 && echo "${attempt} worked"`).join('\n') + '\nexit 0');
    assert.equal(stdout, '');
  });

  it('do not outlive their command', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf() });
    const marker = `86${process.pid}${Date.now() % 1000}`;
    assert.equal((await sandbox.script(`(trap "" TERM HUP; setsid sleep ${marker} >/dev/null 2>&1 &) ; exit 0`)).code, 0);
    assert.deepEqual(processesWith(`sleep\0${marker}`), []);
  });

  it('end with their session', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf() });
    const running = await sandbox.session.run({ argv: ['sleep', '1000'], directory: sandbox.directory as never, streams: ['ignore', 'ignore', 'ignore'], terminal: 'none' });
    await sandbox.session.stop();
    assert.equal((await running.exited).signal, 'SIGKILL');
    await assert.rejects(sandbox.script('true'), { code: 'session-ended' });
  });

  it('are reached by a signal that comes while they start', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf() });
    for (let round = 0; round < 20; round++) {
      const running = await sandbox.session.run({ argv: ['sleep', '60'], directory: sandbox.directory as never, streams: ['ignore', 'ignore', 'ignore'], terminal: 'none' });
      running.signal('SIGTERM');
      assert.equal((await running.exited).signal, 'SIGTERM');
    }
  });

  it('take signals from outside', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf() });
    const running = await sandbox.session.run({ argv: ['bash', '-c', 'trap "exit 7" USR1; echo ready; while :; do sleep 0.01; done'], directory: sandbox.directory as never, streams: ['ignore', 'pipe', 'inherit'], terminal: 'none' });
    await once(running.stdout!, 'data');
    running.signal('SIGUSR1');
    assert.deepEqual(await running.exited, { code: 7 });
  });

  it('see no variables that lead out, and none that the policy denies', async (context) => {
    const environment = { PATH: process.env['PATH'] ?? '', HOME: '/', HTTPS_PROXY: 'http://x', SECRET: 'x', KEPT: 'yes', VSCODE_IPC_HOOK_CLI: '/x' };
    const sandbox = await openSandbox(context, { policy: policyOf({ credentials: { envVars: [{ name: 'SECRET', mode: 'deny' }] } }), environment });
    const { stdout } = await sandbox.run(['env']);
    assert.deepEqual(stdout.trim().split('\n').map((line) => line.split('=')[0]).sort(), ['GIT_TEMPLATE_DIR', 'HOME', 'KEPT', 'LD_PRELOAD', 'PATH', 'SANDBOX_RUNTIME', 'TMPDIR']);
  });

  it('of two sessions with different policies do not meet', async (context) => {
    const first = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'] } }) });
    const second = await openSandbox(context, { policy: policyOf(), directory: first.directory });
    const [a, b] = await Promise.all([first.script('echo x > a; echo one > /tmp/shared'), second.script('echo x > b; cat /tmp/shared')]);
    assert.deepEqual([a.code, b.code], [0, 1]);
    assert.deepEqual([first.violations(), second.violations().length], [[], 1]);
  });
});

describe('a host process that is killed', { skip }, () => {
  it('leaves no process, no mount point and no session behind', async (context) => {
    const directory = temporaryDirectory(context, { 'policy.json': JSON.stringify(policyOf({ filesystem: { allowWrite: ['.'] } })) });
    const marker = `97${process.pid}${Date.now() % 1000}`;
    const cli = join(__dirname, '..', '..', '..', 'sandbox-core', 'bin', 'srt.js');
    const child = spawn(process.execPath, [cli, '-s', 'policy.json', '-c', `sleep ${marker} & echo ready; wait`], { cwd: directory, stdio: ['ignore', 'pipe', 'inherit'] });
    context.after(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    assert.ok(processesWith(marker).length > 1, 'the CLI and the sandboxed shell run');
    assert.ok(existsSync(join(directory, '.vscode')), 'the mount points are there while the command runs');
    child.kill('SIGKILL');
    await eventually(() => processesWith(marker).length === 0, 'the sandbox ends');
    await eventually(() => readdirSync(directory).join() === 'policy.json', 'the mount points are removed');
    await eventually(() => ownSessions().length === 0, 'the session directory is removed');
  });

  it('together with its pod leaves a session that the next start removes', async (context) => {
    const directory = temporaryDirectory(context, { 'policy.json': JSON.stringify(policyOf({ filesystem: { allowWrite: ['.'] } })) });
    const cli = join(__dirname, '..', '..', '..', 'sandbox-core', 'bin', 'srt.js');
    const child = spawn(process.execPath, [cli, '-s', 'policy.json', '-c', 'echo ready; sleep 1000'], { cwd: directory, stdio: ['ignore', 'pipe', 'inherit'] });
    context.after(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    const pods = processesWith('srt-helper\0pod').filter((pid) => isDescendant(pid, child.pid!));
    process.kill(child.pid!, 'SIGSTOP'); // it must not see the pod go
    for (const pid of pods) process.kill(pid, 'SIGKILL');
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.ok(existsSync(join(directory, '.vscode')));
    await openSandbox(context, { policy: policyOf() }).then((sandbox) => sandbox.session.stop());
    await eventually(() => readdirSync(directory).join() === 'policy.json', 'the mount points are removed');
  });
});

function ownSessions(): string[] {
  const sessions = join(tmpdir(), `srt-${process.getuid?.() ?? 0}`);
  try {
    return readdirSync(sessions);
  } catch {
    return []; // the last session removes the directory too
  }
}
