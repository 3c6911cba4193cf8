import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';

import { currentHost } from 'sandbox-core';
import { locateBubblewrap, locateHelper } from 'sandbox-core/internal/host/locate';
import { makeSessionDirectory } from 'sandbox-core/internal/host/session-directory';
import { launchFrame, launchParts } from 'sandbox-core/internal/launch/launch-frame';
import { startPod } from 'sandbox-core/internal/launch/pod';
import { startProcess } from 'sandbox-core/internal/launch/sandbox-process';
import type { LaunchPlan, MountEntry } from 'sandbox-core/internal/plan/plan';
import { absolutePath, type Policy } from 'sandbox-core/policy';

import { srtCommand } from '../support/cli';
import { policyOf } from '../support/policies';
import { openSandbox, whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

const skip = whyNotEnforced() ?? false;
const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';

/** Calls of asm-generic/unistd.h, the same on every architecture. */
const MOUNT_SETATTR = 442;
const OPENAT2 = 437;
const NO_CALL = -1;
const EPERM = 1;
const ENOSYS = 38;

/**
 * What the policies below are about, as a command sees it: what is there, what can be read, what can be written, and each
 * mount but the devices of the host, which are covered, and the kernel's settings, which are of one kernel or another.
 */
const LOOK = `
for path in / ~ ~/seen ~/seen/file ~/.ssh ~/hidden ~/hidden/shown ~/hidden/shown/file . out out/deep/kept out/deep/kept/file secret token link .vscode .git .git/hooks /tmp /tmp/claude /dev /dev/null /dev/shm /proc/self/exe /proc/sys/vm/overcommit_ratio /etc/resolv.conf /etc/hostname; do
  printf '%s %s' "$path" "$(stat -c '%A %F' "$path" 2>&1 | cut -c 1-4,11-)"
  if [ ! -e "$path" ]; then echo
  elif [ -d "$path" ]; then ls "$path" > /dev/null 2>&1; printf ' list=%s' $?; touch "$path/probe" 2> /dev/null; printf ' make=%s\\n' $?; rm -f "$path/probe"
  else head -c 1 "$path" > /dev/null 2>&1; printf ' read=%s' $?; ( : >> "$path" ) 2> /dev/null; printf ' write=%s\\n' $?; fi
done
cat /proc/self/uid_map /proc/self/gid_map; grep -E '^(Cap|NoNewPrivs|Seccomp:|Uid|Gid)' /proc/self/status; set -- /proc/[0-9]*; echo $#
awk '{ print $5, $6, $9 }' /proc/self/mountinfo | grep -E ' ro,| rw,' | grep -vE '^/dev.* (ro|rw,relatime)|^/proc/' | sort
`;
const MASK_DEVICES = 'stat -c %d ~/hidden ~/.ssh secret | uniq | wc -l';

const FILES = { 'ws/out/deep/kept/file': '', 'ws/secret/x': '', 'ws/token': '', 'ws/.git/hooks/': '', 'ws/.git/HEAD': '', 'home/seen/file': '', 'home/.ssh/key': '', 'home/hidden/shown/file': '', 'home/hidden/x': '' };
const POLICIES: Readonly<Record<string, Policy>> = {
  'a hidden home, hidden files and kept ones': policyOf({ filesystem: { denyRead: ['~', './secret', './token'], allowRead: ['~/seen', '~/hidden/shown'], allowWrite: ['./out'], denyWrite: ['./out/deep/kept'] } }),
  'a project that may be written, but for its protections': policyOf({ filesystem: { denyRead: ['~/.ssh', '~/hidden', './secret'], allowRead: ['~/hidden/shown'], allowWrite: ['.'] } }),
  'an empty root': policyOf({ filesystem: { denyRead: ['/'], allowRead: ['/usr', '/bin', '/lib', '/lib64', '/etc', '~/seen'], allowWrite: ['.'] } }),
  'everything writable': policyOf({ filesystem: { denyRead: ['./secret'], allowWrite: ['/'] } }),
  'nested namespaces': policyOf({ allowNestedUserNamespaces: true, filesystem: { allowWrite: ['.'] } }),
};

interface Filtered {
  readonly script: string;
  readonly policy: Policy;
  readonly call: number;
  readonly error: number;
}

/** Runs `srt -c` where one call fails as on an older kernel, or as under another's filter. */
async function underFilter(context: TestContext, { script, policy, call, error }: Filtered): Promise<{ readonly code: number | null; readonly output: string }> {
  const directory = temporaryDirectory(context, { ...FILES, 'policy.json': JSON.stringify(policy), 'filter': '', 'tmp/': '' });
  const refuse = Buffer.alloc(32);
  // linux/filter.h: load the number; if it is the call, skip the next; allow; return the error.
  for (const [index, [code, ifTrue, value]] of [[0x20, 0, 0], [0x15, 1, call >>> 0], [0x06, 0, 0x7fff0000], [0x06, 0, 0x00050000 | error]].entries()) {
    refuse.writeUInt16LE(code ?? 0, index * 8);
    refuse.writeUInt8(ifTrue ?? 0, index * 8 + 2);
    refuse.writeUInt32LE(value ?? 0, index * 8 + 4);
  }
  writeFileSync(join(directory, 'filter'), refuse);
  const filter = openSync(join(directory, 'filter'), 'r');
  context.after(() => closeSync(filter));
  const child = spawn('bwrap', ['--dev-bind', '/', '/', '--seccomp', '3', '--', process.execPath, srtCommand, '-s', join(directory, 'policy.json'), '-c', script], {
    cwd: join(directory, 'ws'),
    env: { ...process.env, HOME: join(directory, 'home'), TMPDIR: join(directory, 'tmp'), NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe', filter],
  });
  const [output, errors, code] = await Promise.all([text(child.stdout!), text(child.stderr!), new Promise<number | null>((resolve) => child.once('close', resolve))]); // spawned with pipes
  const tidy = (said: string): string => said.replaceAll(directory, '…').replace(/session-\w+/g, 'session-x');
  return { code, output: tidy(output) || tidy(errors) };
}

describe('mounts made by pid 1 and by bubblewrap', { skip }, () => {
  for (const [name, policy] of Object.entries(POLICIES))
    it(`look the same: ${name}`, async (context) => {
      const [own, older] = [await underFilter(context, { script: LOOK, policy, call: NO_CALL, error: 0 }), await underFilter(context, { script: LOOK, policy, call: MOUNT_SETATTR, error: ENOSYS })];
      assert.equal(own.code, 0, own.output);
      assert.equal(own.output, older.output);
    });

  it('are made by bubblewrap where a call is missing or refused', async (context) => {
    const policy = policyOf({ filesystem: { denyRead: ['~/hidden', '~/.ssh', './secret'] } });
    const devices = async (call: number, error: number): Promise<string> => (await underFilter(context, { script: MASK_DEVICES, policy, call, error })).output.trim();
    assert.equal(await devices(NO_CALL, 0), '1', 'pid 1 mounts one directory again and again');
    for (const [call, error] of [[MOUNT_SETATTR, ENOSYS], [MOUNT_SETATTR, EPERM], [OPENAT2, ENOSYS]] as const) assert.equal(await devices(call, error), '3');
  });
});

describe('thousands of rules', { skip }, () => {
  it('hold, each of them', async (context) => {
    const count = 1500; // bubblewrap's limit is 1,200
    const files = Object.fromEntries(Array.from({ length: count }, (_, index) => [`d${index % 50}/f${index}`, 'x']));
    const directory = temporaryDirectory(context, files);
    const paths = Object.keys(files);
    const policy = policyOf({ filesystem: { denyRead: paths.filter((_, index) => index % 2 === 0), allowWrite: ['.'], denyWrite: paths.filter((_, index) => index % 2 === 1) } });
    const sandbox = await openSandbox(context, { policy, directory });
    const { stdout, stderr } = await sandbox.script('find d* -type f | wc -l; find d* -type f -readable | wc -l; find d* -type f -writable | wc -l; echo y > d1/new && cat d1/new');
    assert.equal(stdout, `${count}\n${count / 2}\n0\ny\n`, stderr.slice(0, 2000));
  });
});

/** Starts `touch ran` with the mounts that every plan has, and some more. */
async function launchWith(context: TestContext, directory: string, more: readonly MountEntry[]): Promise<unknown> {
  const host = currentHost();
  const { session, sessions } = makeSessionDirectory(temporaryDirectory(context), host.user);
  const options = { bubblewrap: locateBubblewrap(undefined), helper: locateHelper(), sessionDirectory: session, standing: [] };
  const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'] } }), directory });
  const plan = (await sandbox.session.plan({ argv: ['touch', 'ran'], directory: absolutePath(directory), terminal: 'none' })) as LaunchPlan; // on Linux
  const pod = await startPod(options);
  context.after(() => pod.stop());
  assert.ok(pod.makesMounts && sessions !== session);
  const always = plan.mounts.filter((mount) => mount.kind !== 'pinned' && (!('rule' in mount) || mount.rule.kind !== 'built-in'));
  const asked = { ...plan, mounts: [...always, ...more] };
  const launch = launchFrame({ plan: asked, parts: launchParts(asked, { architecture }), facts: { bubblewrap: options.bubblewrap, makesMounts: true }, pod: pod.identity, nestedNamespaces: false, sessionDirectory: session });
  return startProcess(options.helper, launch, ['ignore', 'ignore', 'ignore'], { supervisor: () => undefined }).exited.catch((error: unknown) => error);
}

describe('a mount that cannot be made', { skip }, () => {
  const rule = { kind: 'policy', pointer: '/filesystem/denyWrite/0' } as const;
  const kept = (path: string): MountEntry => ({ kind: 'read-only', path: absolutePath(path), rule });

  const messageOf = async (context: TestContext, prepare: (directory: string) => void): Promise<string> => {
    const directory = temporaryDirectory(context, { 'ws/a/kept/file': 'x', 'ws/b/kept': 'x', 'elsewhere/kept/file': 'x' });
    prepare(directory);
    const outcome = await launchWith(context, join(directory, 'ws'), [kept(`${directory}/ws/a/kept`), kept(`${directory}/ws/b/kept`)]);
    assert.equal(readdirSync(join(directory, 'ws')).includes('ran'), false, 'no command ran');
    assert.ok(outcome instanceof Error, 'the launch failed');
    return outcome.message.replaceAll(directory, '…');
  };

  it('because what is denied has gone ends the launch, and names the rule', async (context) => {
    assert.equal(await messageOf(context, (directory) => renameSync(join(directory, 'ws/b/kept'), join(directory, 'kept'))), 'the sandbox did not start: cannot hold filesystem.denyWrite[0]: mounting …/ws/b/kept failed: No such file or directory');
  });

  it('because a link took the place of what is denied, or of a directory on the way, ends the launch', async (context) => {
    const linked = (name: string): string => `the sandbox did not start: cannot hold filesystem.denyWrite[0]: there is a symbolic link on the way to …/ws/${name} where there was none before`;
    const swap = (directory: string, name: string): void => {
      renameSync(join(directory, 'ws', name), join(directory, 'moved'));
      symlinkSync(join(directory, 'elsewhere', name.slice(2)), join(directory, 'ws', name));
    };
    assert.equal(await messageOf(context, (directory) => swap(directory, 'a/kept')), linked('a/kept'));
    assert.equal(await messageOf(context, (directory) => swap(directory, 'a')), linked('a/kept'));
    assert.equal(await messageOf(context, (directory) => swap(directory, 'b/kept')), linked('b/kept'));
  });

  it('does not happen where everything is as it was', async (context) => {
    const directory = temporaryDirectory(context, { 'ws/a/kept/file': 'x' });
    assert.deepEqual(await launchWith(context, join(directory, 'ws'), [kept(`${directory}/ws/a/kept`)]), { code: 0 });
    assert.ok(readdirSync(join(directory, 'ws')).includes('ran'));
  });
});
