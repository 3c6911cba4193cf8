import { strict as assert } from 'node:assert';
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';

import { engineVariants, IMAGE, type TestEngine } from '../support/container-engines';
import { openTerminal } from '../support/terminal';

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const policyWith = (filesystem: object, rest: object = {}, allowedDomains: readonly string[] = []): object => ({ network: { allowedDomains, deniedDomains: [] }, filesystem: { denyRead: [], allowWrite: [], denyWrite: [], ...filesystem }, ...rest });

for (const { name, whyNot, open } of engineVariants) {
  describe(`containers of ${name}`, { skip: whyNot() ?? false }, () => {
    const undo: (() => void)[] = [];
    let engine: TestEngine;

    before(async () => {
      engine = await open({ after: (last) => void undo.unshift(last) });
    });
    after(() => undo.forEach((last) => last()));

    const wordsFor = (policy: object, words: readonly string[]): readonly [string, string[]] => {
      const file = join(dirname(engine.project), 'policy.json');
      writeFileSync(file, JSON.stringify(policy));
      chmodSync(file, 0o644);
      return engine.wrap(process.execPath, [engine.srt, '-s', file, ...words]);
    };
    const start = (policy: object, words: readonly string[]): ChildProcess => spawn(...wordsFor(policy, words), { cwd: engine.project, env: engine.environment, stdio: ['ignore', 'pipe', 'pipe'] });
    const run = async (policy: object, words: readonly string[]): Promise<Ran> => {
      const child = start(policy, words);
      const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
      const [stdout, stderr, code] = await Promise.all([text(child.stdout!), text(child.stderr!), closed]);
      return { code, stdout, stderr };
    };
    const container = (values: object = {}): object => ({ mode: 'container', container: { image: IMAGE, engine: engine.kind, ...values } });

    it('holds the path rules on the host\'s files and in the image, and reports what it refused', async () => {
      const policy = policyWith({ allowWrite: ['.'], denyWrite: ['./kept'], denyRead: ['./hidden', '/etc/*.key'] }, { container: { image: 'none', engine: engine.kind, env: { GREETING: 'hello' } } });
      const other = join(dirname(engine.project), 'other');
      const script = `echo $GREETING; echo made > made; cat /etc/a.key hidden/x ${other}; echo x > kept/f; echo x > /etc/new; cat /etc/b.txt; ls /sys/class/net; exit 5`;
      const { code, stdout, stderr } = await run(policy, ['--docker-image', IMAGE, '-c', script]);
      assert.deepEqual([code, stdout], [5, 'hello\nof the image\nlo\n'], stderr);
      assert.equal(readFileSync(join(engine.project, 'made'), 'utf8'), 'made\n');
      assert.equal(readFileSync(join(engine.project, 'kept', 'f'), 'utf8'), 'kept');
      assert.match(stderr, /cat: \/etc\/a\.key: Permission denied\n/);
      for (const refused of [/read +\/etc\/a\.key \(cat\)/, /read +\S+\/hidden\/x \(cat\)/, /write +\S+\/kept\/f \(bash\)/, /write +\/etc\/new \(bash\)/]) assert.match(stderr, refused);
      assert.match(stderr, /other: No such file or directory/);
      assert.deepEqual(engine.left(), []);
    });

    it('reaches the network that the policy allows, and no other', async () => {
      const server = createServer((socket) => socket.end('from the host\n'));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const script = `cat < /dev/tcp/127.0.0.1/${port}; exec 3<>/dev/tcp/198.51.100.7/80; echo hello >&3; cat <&3`;
      const { stdout, stderr } = await run(policyWith({}, container(), [`localhost:${port}`]), ['-c', script]);
      server.close();
      assert.equal(stdout, 'from the host\n', stderr);
      assert.match(stderr, /connect +198\.51\.100\.7:80 \(/);
    });

    it('has a terminal, with its size, Ctrl-C and the exit status', async (context) => {
      const [program, args] = wordsFor(policyWith({}, container()), ['bash', '--norc', '--noprofile']);
      const terminal = openTerminal(context, program, args, { cwd: engine.project, env: engine.environment as Record<string, string> });
      await terminal.expect(/# /);
      terminal.type('until [ "$(stty size)" != "0 0" ]; do :; done; stty size\r'); // Docker says it after the start
      await terminal.expect(/\b24 80\b/);
      terminal.type('trap "stty size" WINCH; echo rea""dy\r');
      await terminal.expect(/ready/);
      terminal.pty.resize(100, 30);
      await terminal.expect(/\b30 100\b/);
      // Said by what Ctrl-C is for: before it has the terminal, the shell would take that.
      terminal.type(`sh -c 'echo sle""eping; exec sleep 600'\r`);
      await terminal.expect(/sleeping/);
      terminal.type('\x03');
      await terminal.expect(/# /);
      terminal.type('sleep 600 & jobs\r');
      await terminal.expect(/Running +.*sleep 600 &/);
      terminal.type('exit 7\r');
      assert.equal((await terminal.exited).exitCode, 7);
      assert.deepEqual(engine.left(), []);
    });

    it('leaves no container when srt is killed', async () => {
      const child = start(policyWith({}, container()), ['-c', 'echo running; exec sleep 600']);
      await new Promise<void>((resolve) => child.stdout?.once('data', () => resolve()));
      const running = engine.left();
      assert.ok(running.length > 0, 'the command runs in a container');
      child.kill('SIGKILL');
      while (engine.left().length > 0) await new Promise(setImmediate);
    });

    it('holds the limits of the container, or refuses them by name', async () => {
      const { code, stdout, stderr } = await run(policyWith({}, { ...container({ memoryLimit: '32m', pidsLimit: 12, cpuLimit: 1 }), limits: { wallSeconds: 5 } }), ['-c', 'echo started; (dd if=/dev/zero of=/dev/null bs=100M count=1 2>&1) || echo no memory; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do sleep 600 & done; echo all']);
      if (stdout === '') return assert.match(stderr, /container\.memoryLimit cannot be held: \w+ has no cgroup controller "memory" here;/);
      assert.match(stdout, /^started\n/);
      assert.doesNotMatch(stdout, /copied/);
      assert.match(stderr, /fork: retry: Resource temporarily unavailable/);
      assert.notEqual(code, 0);
    });

    it('says what is missing', async () => {
      const absent = await run(policyWith({}, container()), ['--docker-image', 'localhost/absent', 'true']);
      assert.deepEqual([absent.code, absent.stdout], [1, '']);
      assert.match(absent.stderr, new RegExp(`expected the image localhost/absent on this machine.*${engine.kind} pull localhost/absent`, 's'));
    });
  });
}

const podman = engineVariants[0];

describe('the mode of a policy', { skip: podman?.whyNot() ?? false }, () => {
  const undo: (() => void)[] = [];
  after(() => undo.forEach((last) => last()));

  it('takes the container where the machine has no native sandbox, and says so', async () => {
    const engine = await podman!.open({ after: (last) => void undo.unshift(last) });
    const run = async (rest: object): Promise<Ran> => {
      const file = join(dirname(engine.project), 'policy.json');
      writeFileSync(file, JSON.stringify(policyWith({}, rest)));
      const child = spawn(...engine.wrap(process.execPath, [engine.srt, '-s', file, 'cat', '/etc/b.txt']), { cwd: engine.project, env: engine.environment, stdio: ['ignore', 'pipe', 'pipe'] });
      const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
      const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
      return { code, stdout, stderr };
    };
    const { code, stdout, stderr } = await run({ mode: 'auto', container: { image: IMAGE }, bwrapPath: '/nowhere/bwrap' });
    assert.deepEqual([code, stdout], [0, 'of the image\n'], stderr);
    assert.match(stderr, /no native sandbox \(bubblewrap: not installed\); the command runs in a container of localhost\/srt-test/);
    const native = await run({ mode: 'auto', container: { image: IMAGE } });
    assert.deepEqual([native.code === 0, native.stderr.includes('container')], [false, false], native.stderr);
    const unnamed = await run({ mode: 'container' });
    assert.match(unnamed.stderr, /mode "container" needs an image/);
  });
});
