import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { createSandbox, type AccessRequest, type Policy, type Sandbox } from 'sandbox-core';

import { filesystem, GROUND, open } from '../support/created-sandbox';
import { whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

const skip = whyNotEnforced() ?? false;

describe('executing', { skip }, () => {
  it('gives output, status and what this command was refused', async (context) => {
    const { sandbox } = await open(context, filesystem({ denyRead: ['./secret'] }), { secret: 'x' });
    const refused = await sandbox.execute(['cat', 'secret'], { label: 'reader' });
    assert.deepEqual({ code: refused.code, ended: refused.ended, stdout: refused.stdout, truncated: refused.truncated }, { code: 1, ended: 'exit', stdout: '', truncated: false });
    assert.match(refused.stderr, /Permission denied/);
    assert.deepEqual(refused.violations.map(({ operation, task, rule }) => ({ operation, task, rule })), [{ operation: 'read', task: 'reader', rule: { kind: 'policy', pointer: '/filesystem/denyRead/0' } }]);
    const fine = await sandbox.execute({ shell: 'tr a-z A-Z | cat; exit 3' }, { input: 'words' });
    assert.deepEqual({ code: fine.code, stdout: fine.stdout, violations: fine.violations }, { code: 3, stdout: 'WORDS', violations: [] });
  });

  it('takes a stream as input, tells output as it comes, and keeps no more than it was told to', async (context) => {
    const { sandbox } = await open(context);
    let seen = 0;
    const { stdout, truncated } = await sandbox.execute(['cat'], { input: Readable.from(['12345', '67890']), maxOutputBytes: 4, onStdout: (chunk) => (seen += chunk.length) });
    assert.deepEqual({ stdout, truncated, seen }, { stdout: '1234', truncated: true, seen: 10 });
  });

  it('ends a command once, however often and late it is told to', async (context) => {
    const { sandbox } = await open(context);
    const [warnings, timers] = [[] as Error[], (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length];
    const hear = (warning: Error): void => void warnings.push(warning);
    process.on('warning', hear);
    context.after(() => process.off('warning', hear));
    const before = timers();
    const running = await sandbox.start(['sleep', '600']);
    for (let times = 0; times < 20; times++) running.kill();
    await running.result;
    const ended = await sandbox.start(['true']);
    await ended.result;
    ended.kill();
    assert.deepEqual([timers(), warnings], [before, []]);
  });

  it('ends a command at its time limit, and when its signal aborts', async (context) => {
    const { sandbox } = await open(context);
    assert.equal((await sandbox.execute(['sleep', '100'], { timeoutMs: 50 })).ended, 'timeout');
    const abort = new AbortController();
    const running = sandbox.execute({ shell: 'echo ready; sleep 100' }, { signal: abort.signal, onStdout: () => abort.abort() });
    assert.equal((await running).ended, 'abort');
    await assert.rejects(sandbox.execute(['true'], { signal: abort.signal }), { code: 'aborted' });
  });

  it('takes any time for a limit, and none that is no time', async (context) => {
    const { sandbox } = await open(context);
    for (const timeoutMs of [Infinity, 2 ** 40, 60_000]) assert.deepEqual(await sandbox.execute(['true'], { timeoutMs }).then(({ code, ended }) => ({ code, ended })), { code: 0, ended: 'exit' }, String(timeoutMs));
    for (const timeoutMs of [NaN, -1, '5' as unknown as number]) await assert.rejects(sandbox.execute(['true'], { timeoutMs }), { code: 'usage', message: /timeoutMs/ }, String(timeoutMs));
  });

  it('ends with what its input fails with, and not with a command that reads no further', async (context) => {
    const { sandbox } = await open(context);
    const failing = Readable.from((function* () { yield 'some'; throw new Error('of the input'); })());
    await assert.rejects(sandbox.execute(['cat'], { input: failing }), { message: 'of the input' });
    await assert.rejects(sandbox.execute(['cat'], { input: Readable.from(['text', 5]) }), /expected text or bytes .* got number/);
    const closed = new Readable({ read: () => undefined });
    const running = sandbox.execute({ shell: 'echo ready; cat' }, { input: closed, onStdout: () => closed.destroy() });
    await assert.rejects(running, /closed before its end/);
    const endless = new Readable({ read() { this.push('x'.repeat(65_536)); } });
    assert.equal((await sandbox.execute(['head', '-c', '1'], { input: endless })).stdout, 'x');
    assert.equal((await sandbox.execute(['true'], { input: 'x'.repeat(1_000_000) })).code, 0);
    const idle = new Readable({ read: () => undefined });
    assert.equal((await sandbox.execute(['true'], { input: idle })).code, 0);
    if (!idle.destroyed) await once(idle, 'close');
  });

  it('ends with what a listener throws', async (context) => {
    const { sandbox } = await open(context);
    const running = sandbox.execute({ shell: 'echo ready; sleep 100' }, { onStdout: () => { throw new Error('of the listener'); } });
    await assert.rejects(running, { message: 'of the listener' });
  });

  it('holds limits of one command, tighter than the policy\'s', async (context) => {
    const { sandbox } = await open(context, { limits: { openFiles: 100 } });
    assert.equal((await sandbox.execute({ shell: 'ulimit -n' }, { limits: { openFiles: 50 } })).stdout, '50\n');
    assert.equal((await sandbox.execute({ shell: 'ulimit -n' }, { limits: { openFiles: 500 } })).stdout, '100\n');
    const { violations } = await sandbox.execute(['sleep', '100'], { limits: { wallSeconds: 1 } });
    assert.deepEqual(violations.map(({ target, rule }) => ({ target, rule })), [{ target: 'limits.wallSeconds', rule: { kind: 'default', pointer: '/limits/wallSeconds' } }]);
  });

  it('starts commands to talk to', async (context) => {
    const { sandbox } = await open(context);
    const running = await sandbox.start(['cat'], { stdin: 'pipe' });
    running.stdin?.end('hello');
    const chunks = await running.stdout!.toArray();
    assert.equal(Buffer.concat(chunks as Buffer[]).toString(), 'hello');
    assert.equal((await running.result).code, 0);
  });

  it('gives a command a terminal of its own', async (context) => {
    const { sandbox } = await open(context, filesystem({ denyRead: ['./secret'] }), { secret: 'x' });
    const terminal = await sandbox.openTerminal({ shell: 'stty size; read line; echo "got $line"; cat secret' }, { columns: 91, rows: 17 });
    let output = '';
    terminal.onData((text) => (output += text));
    terminal.write('typed\r');
    const { code, violations } = await terminal.result;
    assert.match(output, /17 91[^]*got typed/);
    assert.deepEqual({ code, refused: violations.map(({ operation }) => operation) }, { code: 1, refused: ['read'] });
  });

  it('says that a command on a terminal was killed, and takes what comes after its end', async (context) => {
    const { sandbox } = await open(context);
    const start = (): ReturnType<typeof sandbox.openTerminal> => sandbox.openTerminal({ shell: 'echo started; exec sleep 600' });
    const [killed, ended] = await Promise.all([start(), start()]);
    await new Promise<void>((resolve) => ended.onData(() => resolve()));
    killed.kill();
    assert.deepEqual(await killed.result, { code: 137, signal: 'SIGKILL', violations: [] });
    killed.write('x');
    killed.resize(100, 30);
    killed.kill();
    await sandbox.stop();
    assert.equal((await ended.result).code, 137);
  });

  it('says that the sandbox was stopped, however far a command had come', async (context) => {
    for (const wait of [0, 2, 8]) {
      const { sandbox } = await open(context);
      const running = sandbox.execute(['sleep', '100']).then(({ signal }) => signal, (error: unknown) => (error as { code?: string }).code); // what the library throws has one
      await setTimeout(wait);
      await sandbox.stop();
      assert.match((await running) ?? '', /^(session-ended|SIGKILL)$/);
    }
  });

  it('refuses what cannot be run, by code', async (context) => {
    const { sandbox } = await open(context);
    await assert.rejects(sandbox.execute([]), { code: 'usage' });
    await assert.rejects(sandbox.execute('ls' as unknown as string[]), { code: 'usage', message: /array of strings, or \{ shell.*got "ls"/ });
    await assert.rejects(sandbox.execute(['echo', 5 as unknown as string]), { code: 'usage' });
    await assert.rejects(sandbox.execute(['cat'], { input: {} as unknown as string }), { code: 'usage' });
    await assert.rejects(sandbox.execute(['true'], { limits: { memory: 1 } as object }), { code: 'usage', message: /limits\.memory: unknown key/ });
    for (const environment of [{ A: undefined }, { A: 'a\0b' }, { 'A=B': 'c' }, 5]) await assert.rejects(sandbox.execute(['true'], { environment: environment as unknown as Record<string, string> }), { code: 'usage' }, JSON.stringify(environment));
    for (const directory of [5, '', 'a\0b']) await assert.rejects(sandbox.execute(['true'], { directory: directory as string }), { code: 'usage', message: /the directory to start in/ }, JSON.stringify(directory));
    await assert.rejects(sandbox.openTerminal(['true'], { directory: 'a\0b' }), { code: 'usage' });
    for (const path of [undefined, 5, '', 'a\0b']) await assert.rejects(sandbox.files.list(path as string), { code: 'usage', message: /a path to list/ }, JSON.stringify(path));
    await assert.rejects(sandbox.files.write('x', undefined as unknown as string), { code: 'usage' });
    await assert.rejects(createSandbox(GROUND, { directory: 5 as unknown as string }), { code: 'usage', message: /absolute path, got 5/ });
    const running = await sandbox.start(['sleep', '100']);
    assert.throws(() => running.signal('SIGBOGUS' as NodeJS.Signals), { code: 'usage' });
    running.kill();
    await assert.rejects(createSandbox('policy.json' as unknown as Policy), { code: 'usage', message: /loadPolicy/ });
    await assert.rejects(createSandbox({ network: { allowedDomains: ['*'] } } as unknown as Policy), { code: 'policy-invalid' });
    await assert.rejects(createSandbox({ ...GROUND, extends: ['strict'] }), { code: 'policy-invalid', message: /"extends".*loadPolicy/ });
    const unheld = await open(context, { network: { ...GROUND.network, socksProxyPort: 1, deniedResolvedAddresses: ['192.0.2.1'] } });
    await assert.rejects(unheld.sandbox.execute(['true']), { code: 'policy-refused', message: /deniedResolvedAddresses/ });
  });
});

describe('evaluating', { skip }, () => {
  it('refuses what is no question, so that nothing is taken for a yes', async (context) => {
    const { sandbox } = await open(context, {}, {}, { ask: () => Promise.resolve('deny') });
    const wrong: object[] = [{}, { kind: 'network', host: 'a' }, { kind: 'read' }, { kind: 'read', path: '' }, { kind: 'connect' }, { kind: 'connect', host: 'a', port: 70_000 }, { kind: 'command', command: 'git push' }];
    for (const request of wrong) await assert.rejects(sandbox.evaluate(request as AccessRequest), { code: 'usage' }, JSON.stringify(request));
    assert.equal((await sandbox.evaluate({ kind: 'connect', host: 'a b' })).outcome, 'deny');
  });

  it('answers for files as the sandbox does', async (context) => {
    const { sandbox, directory } = await open(context, filesystem({ denyRead: ['./secret'], denyWrite: ['./kept'] }), { secret: 'x', kept: '', plain: '' });
    symlinkSync('secret', join(directory, 'link'));
    const outcome = async (kind: 'read' | 'write' | 'delete' | 'list', path: string): Promise<string> => (await sandbox.evaluate({ kind, path })).outcome;
    assert.deepEqual([await outcome('read', 'secret'), await outcome('read', 'plain'), await outcome('read', 'link')], ['deny', 'allow', 'deny']);
    assert.deepEqual([await outcome('write', 'kept'), await outcome('write', 'plain'), await outcome('write', '/etc/hosts')], ['deny', 'allow', 'deny']);
    assert.deepEqual([await outcome('delete', 'plain'), await outcome('delete', 'kept'), await outcome('delete', 'link'), await outcome('delete', directory)], ['allow', 'deny', 'allow', 'deny']);
    assert.equal(await outcome('list', '.'), 'allow');
    assert.deepEqual((await sandbox.evaluate({ kind: 'read', path: join(directory, 'secret') })).rule, { kind: 'policy', pointer: '/filesystem/denyRead/0' });
  });

  it('answers for what is the sandbox\'s own as the sandbox does', async (context) => {
    const outside = temporaryDirectory(context, { secret: 'x' });
    const { sandbox, directory } = await open(context, filesystem({ allowWrite: [], denyRead: [outside] }));
    const places = ['/tmp/new', '/dev/null', '/dev/shm/new', `${directory}/new`, `${outside}/secret`, '/usr/new'];
    for (const path of places) {
      const { outcome, rule } = await sandbox.evaluate({ kind: 'write', path });
      const { code } = await sandbox.execute(['bash', '-c', 'echo > "$1"', 'bash', path]);
      assert.equal(outcome, code === 0 ? 'allow' : 'deny', path);
      assert.equal(rule.kind === 'built-in', code === 0, path);
    }
    assert.equal((await sandbox.evaluate({ kind: 'delete', path: '/tmp/new' })).outcome, 'allow');
    assert.equal((await sandbox.evaluate({ kind: 'delete', path: '/tmp' })).outcome, 'deny');
    await sandbox.files.write('/tmp/new', 'text');
    assert.equal(String(await sandbox.files.read('/tmp/new')), 'text');
    await assert.rejects(sandbox.files.read('/tmp/absent'), { code: 'file-failed', message: /No such file/ });
  });

  it('answers for hosts and commands, and says what would be asked', async (context) => {
    const policy: Partial<Policy> = { network: { allowedDomains: ['*.example.com'], deniedDomains: ['bad.example.com'] }, commands: { deny: [{ command: 'git push', guidance: 'open a pull request' }], ask: ['npm publish'] } };
    const { sandbox } = await open(context, policy);
    const asking = await open(context, policy, {}, { ask: () => Promise.resolve('deny') });
    const host = async (of: Sandbox, name: string): Promise<string> => (await of.evaluate({ kind: 'connect', host: name })).outcome;
    assert.deepEqual([await host(sandbox, 'api.example.com'), await host(sandbox, 'bad.example.com'), await host(sandbox, 'other.org')], ['allow', 'deny', 'deny']);
    assert.deepEqual([await host(asking.sandbox, 'bad.example.com'), await host(asking.sandbox, 'other.org')], ['deny', 'ask']);
    const push = await sandbox.evaluate({ kind: 'command', command: { shell: 'cd x && git -C y push' } });
    assert.deepEqual({ outcome: push.outcome, guidance: push.guidance }, { outcome: 'deny', guidance: 'open a pull request' });
    assert.equal((await sandbox.evaluate({ kind: 'command', command: ['npm', 'publish'] })).outcome, 'ask');
    assert.equal((await sandbox.evaluate({ kind: 'command', command: ['npm', 'test'] })).outcome, 'allow');
  });
});

describe('a changed policy', { skip }, () => {
  it('counts for commands that start after it; what runs goes on under the old one', async (context) => {
    const { sandbox, directory } = await open(context, {}, { secret: 'x' });
    const running = await sandbox.start({ shell: 'read line; cat secret' }, { stdin: 'pipe' });
    await sandbox.updatePolicy({ ...GROUND, ...filesystem({ denyRead: ['./secret'] }) });
    assert.equal((await sandbox.execute(['cat', 'secret'])).code, 1);
    running.stdin?.end('go\n');
    assert.equal((await running.result).code, 0);
    assert.deepEqual(sandbox.violations.violations.map(({ target }) => target), [join(directory, 'secret')]);
    assert.deepEqual(sandbox.policy.filesystem.denyRead, ['./secret']);
  });

  it('of the network lists alone keeps the session: its /tmp stays', async (context) => {
    const { sandbox } = await open(context);
    await sandbox.execute({ shell: 'echo kept > /tmp/file' });
    await sandbox.updatePolicy({ ...GROUND, network: { allowedDomains: ['example.com'], deniedDomains: [] } });
    assert.equal((await sandbox.execute(['cat', '/tmp/file'])).stdout, 'kept\n');
    assert.equal((await sandbox.evaluate({ kind: 'connect', host: 'example.com' })).outcome, 'allow');
    await sandbox.updatePolicy({ ...GROUND, limits: { openFiles: 99 } });
    assert.equal((await sandbox.execute(['cat', '/tmp/file'])).code, 1);
  });

  it('that is not valid changes nothing', async (context) => {
    const { sandbox } = await open(context, {}, { file: 'x' });
    await assert.rejects(sandbox.updatePolicy({} as Policy), { code: 'policy-invalid' });
    assert.equal((await sandbox.execute(['cat', 'file'])).stdout, 'x');
  });
});

describe('sandboxes of one process', { skip }, () => {
  it('do not meet, and end where their block ends', async (context) => {
    const directory = temporaryDirectory(context, { a: 'A', b: 'B' });
    let ended: Sandbox;
    {
      await using one = await createSandbox({ ...GROUND, ...filesystem({ denyRead: ['./a'] }) }, { directory });
      await using two = await createSandbox({ ...GROUND, ...filesystem({ denyRead: ['./b'] }) }, { directory });
      const read = ({ stdout }: { stdout: string }): string => stdout;
      const both = await Promise.all([one, two].map((sandbox) => sandbox.execute({ shell: 'cat a b' }).then(read)));
      assert.deepEqual(both, ['B', 'A']);
      assert.deepEqual([one, two].map(({ violations }) => violations.violations.map(({ target }) => target)), [[join(directory, 'a')], [join(directory, 'b')]]);
      ended = one;
    }
    await assert.rejects(ended.execute(['true']), { code: 'session-ended' });
    writeFileSync(join(directory, 'after'), '');
    mkdirSync(join(directory, 'left'));
    rmSync(join(directory, 'left'), { recursive: true });
    assert.equal(readFileSync(join(directory, 'a'), 'utf8'), 'A');
  });
});
