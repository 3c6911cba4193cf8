import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import type { Finding } from 'sandbox-core/internal/host/doctor/checks';

import { root, srtCommand } from '../support/cli';
import { policyOf } from '../support/policies';
import { whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

/** Parts of /proc are covered, as engines of containers do: the kernel lets nobody inside mount a new one. */
const CONTAINER = ['--unshare-user', '--unshare-pid', '--bind', '/', '/', '--proc', '/proc', '--dev-bind', '/dev', '/dev', '--ro-bind', '/dev/null', '/proc/version', '--ro-bind', '/proc/sys', '/proc/sys'];

const [major = 0, minor = 0] = readFileSync('/proc/sys/kernel/osrelease', 'utf8').split('.').map(Number);
const skip = whyNotEnforced() ?? (major * 100 + minor < 609 ? 'it needs Linux 6.9' : false);

interface Place {
  readonly directory: string;
  run(settings: string, script: string): { readonly status: number | null; readonly stdout: string; readonly stderr: string };
}

function placeOf(context: TestContext): Place {
  const filesystem = { denyRead: ['secret'], allowWrite: ['.'] };
  const directory = temporaryDirectory(context, {
    'secret/key': 'hidden', 'visible': 'seen',
    'weaker.json': JSON.stringify({ ...policyOf({ filesystem }), enableWeakerNestedSandbox: true }),
    'broker.json': JSON.stringify({ ...policyOf({ filesystem }), enableWeakerNestedSandbox: true, broker: { allow: ['uname'] } }),
    'strict.json': JSON.stringify(policyOf({ filesystem })),
  });
  const run: Place['run'] = (settings, script) => inContainer(directory, [srtCommand, '-q', '-s', settings, '-c', script]);
  return { directory, run };
}

function inContainer(cwd: string, words: readonly string[]): ReturnType<Place['run']> {
  return spawnSync('bwrap', [...CONTAINER, '--', process.execPath, ...words], { cwd, encoding: 'utf8', env: { ...process.env, OUTER_SECRET: 'kept' }, timeout: 60_000 });
}

describe('a container that covers parts of /proc', { skip }, () => {
  it('lets no sandbox start, unless the policy settles for the /proc that is there, which is then said', (context) => {
    const { run } = placeOf(context);
    const strict = run('strict.json', 'echo ran');
    assert.deepEqual([strict.status, strict.stdout], [1, '']);
    assert.match(strict.stderr, /mount proc.*\n.*srt doctor says what to do/);
    const weaker = run('weaker.json', 'echo ran');
    assert.deepEqual([weaker.status, weaker.stdout], [0, 'ran\n']);
    assert.match(weaker.stderr, /^srt: enableWeakerNestedSandbox: no new \/proc can be mounted here/);
  });

  it('shows names and arguments through it, and nothing else of processes outside', (context) => {
    const { run } = placeOf(context);
    const { stdout } = run('weaker.json', `
      grep -qs weaker.json /proc/[0-9]*/cmdline && echo arguments
      for p in /proc/[0-9]*; do [ "$(readlink $p/root)" ] && grep -L bash $p/comm; done
      cat /proc/[0-9]*/root/$PWD/secret/key /proc/[0-9]*/cwd/secret/key
      for p in /proc/[0-9]*; do [ -s $p/environ ] && tr '\\0' '\\n' < $p/environ | grep -q OUTER_SECRET && grep -L bash $p/comm; done
      echo x > /proc/1/oom_score_adj || echo x > /proc/sys/kernel/panic || unshare -U true || kill -0 $(sed -n 's/^Pid:.//p' /proc/1/status | head -1) && [ $$ = 1 ] || echo kept`);
    assert.equal(stdout, 'arguments\nkept\n');
  });

  it('leaves names, links and descriptors to be judged as elsewhere', (context) => {
    const { run, directory } = placeOf(context);
    const { stdout, stderr } = run('weaker.json', `
      echo a > made && echo b > /proc/self/cwd/linked && exec 5> file && echo c > /proc/self/fd/5 && cat file && mkdir -p sub && cd sub && echo d > relative
      echo x > .bashrc; echo x > /proc/self/cwd/.bashrc; echo x > /proc/thread-self/cwd/.mcp.json; cat ../secret/key
      python3 -c 'import threading, os
def write(path):
    try: open(path, "w").write("t"); print("wrote", path)
    except OSError as error: print(error.strerror, path)
for path in ("thread", ".zshrc"):
    thread = threading.Thread(target=write, args=(path,)); thread.start(); thread.join()'`);
    assert.equal(stdout, 'c\nwrote thread\nPermission denied .zshrc\n', stderr);
    const made = ['made', 'linked', 'sub/relative', 'sub/thread', 'sub/.bashrc', 'sub/.mcp.json', 'sub/.zshrc'].filter((name) => existsSync(join(directory, name)));
    assert.deepEqual(made, ['made', 'linked', 'sub/relative', 'sub/thread']);
  });

  it('has brokered commands run in such a sandbox too', (context) => {
    const { status, stdout, stderr } = placeOf(context).run('broker.json', 'uname');
    assert.deepEqual([status, stdout], [0, 'Linux\n'], stderr);
  });

  it('is found by srt doctor, with both ways out', () => {
    const { status, stdout } = inContainer(root, [srtCommand, 'doctor', '--json']);
    const troubles = (JSON.parse(stdout) as Finding[]).filter((finding) => finding.status === 'fail');
    assert.deepEqual([status, troubles.map(({ check }) => check)], [1, ['proc']]);
    assert.match(troubles[0]?.remedy ?? '', /systempaths=unconfined.*enableWeakerNestedSandbox/);
  });

  it('is not needed elsewhere, where the key changes nothing', (context) => {
    const { directory } = placeOf(context);
    const { stdout, stderr } = spawnSync(process.execPath, [srtCommand, '-q', '-s', 'weaker.json', '-c', 'cd /proc; echo [0-9]*'], { cwd: directory, encoding: 'utf8', timeout: 60_000 });
    assert.deepEqual([stdout, stderr], ['1 2\n', '']);
  });
});
