import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import type { Policy } from 'sandbox-core/policy';

import { policyOf } from '../support/policies';
import { openSandbox, whyNotEnforced, type TestSandbox } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';
import { unixServer } from '../support/unix-server';

const skip = whyNotEnforced() ?? false;

const missing = (program: string): string | false => (spawnSync('which', [program]).status === 0 ? false : `${program} is not installed`);

/** Connects and prints what the server says, or the error. */
const client = (path: string): string[] => [process.execPath, '-e', `const s = require('net').connect(${JSON.stringify(path)}); s.on('data', (d) => process.stdout.write(d)); s.on('error', (e) => console.log(e.code));`];

async function open(context: TestContext, network: Partial<Policy['network']>, files: Readonly<Record<string, string>> = {}): Promise<TestSandbox> {
  return openSandbox(context, { policy: policyOf({ network, filesystem: { allowWrite: ['.'] } }), files });
}

describe('Unix sockets in the sandbox', { skip }, () => {
  it('of the host are refused unless a rule lists them, and the rule is named', async (context) => {
    const sandbox = await open(context, { allowUnixSockets: ['./listed.sock', './folder'] }, { 'folder/': '' });
    const [listed, below, other] = await Promise.all(['listed.sock', 'folder/below.sock', 'other.sock'].map((name) => unixServer(context, join(sandbox.directory, name))));
    assert.equal((await sandbox.run(client('./listed.sock'))).stdout, 'hello\n');
    assert.equal((await sandbox.run(client('folder/below.sock'))).stdout, 'hello\n');
    assert.equal((await sandbox.run(client(join(sandbox.directory, 'other.sock')))).stdout, 'EACCES\n');
    assert.deepEqual([listed?.clients(), below?.clients(), other?.clients()], [1, 1, 0], 'a refused server is not even knocked on');
    assert.deepEqual(sandbox.violations(), [`connect ${sandbox.directory}/other.sock /network/allowUnixSockets`]);
  });

  it('of the host are refused where they are hidden, and recorded if they are there', async (context) => {
    for (const network of [{}, { allowAllUnixSockets: true }]) {
      const sandbox = await openSandbox(context, { policy: policyOf({ network, filesystem: { denyRead: ['./hidden', './one.sock'] } }), files: { 'hidden/': '' } });
      const servers = await Promise.all(['hidden/a.sock', 'one.sock'].map((name) => unixServer(context, join(sandbox.directory, name))));
      const results = [];
      for (const path of ['hidden/a.sock', 'hidden/none.sock']) results.push((await sandbox.run(client(path))).stdout);
      assert.deepEqual([results, servers.map(({ clients }) => clients())], [['EACCES\n', 'EACCES\n'], [0, 0]]);
      assert.deepEqual(sandbox.violations(), 'allowAllUnixSockets' in network ? [`read ${sandbox.directory}/hidden/a.sock /filesystem/denyRead/0`] : [`connect ${sandbox.directory}/hidden/a.sock /network/allowUnixSockets`]);
    }
  });

  it('of the host are all there with allowAllUnixSockets', async (context) => {
    const sandbox = await open(context, { allowAllUnixSockets: true });
    await unixServer(context, join(sandbox.directory, 'any.sock'));
    assert.equal((await sandbox.run(client('./any.sock'))).stdout, 'hello\n');
  });

  it('of the host are found where the sandbox has a directory of its own, or hides it', async (context) => {
    const elsewhere = temporaryDirectory(context, { 'hidden/': '' });
    await Promise.all([unixServer(context, join(elsewhere, 'in-tmp.sock')), unixServer(context, join(elsewhere, 'hidden', 'agent.sock'))]);
    const policy = policyOf({ network: { allowUnixSockets: [join(elsewhere, 'in-tmp.sock'), join(elsewhere, 'hidden/agent.sock')] }, filesystem: { denyRead: [join(elsewhere, 'hidden')] } });
    const sandbox = await openSandbox(context, { policy });
    assert.equal((await sandbox.run(client(join(elsewhere, 'in-tmp.sock')))).stdout, 'hello\n');
    assert.equal((await sandbox.run(client(join(elsewhere, 'hidden/agent.sock')))).stdout, 'hello\n');
    assert.match((await sandbox.script(`ls ${elsewhere}/hidden`)).stderr, /Permission denied/);
  });

  it('made inside work, by path, by abstract name and from another command of the session', async (context) => {
    const sandbox = await open(context, {});
    const serve = (address: string): string[] => [process.execPath, '-e', `require('net').createServer((s) => s.end('inside\\n')).listen(${JSON.stringify(address)}, () => console.log('listening'))`];
    for (const address of ['/tmp/a.sock', './b.sock', '\0abstract']) {
      const server = await sandbox.session.run({ argv: serve(address), directory: sandbox.directory as never, streams: ['ignore', 'pipe', 'inherit'], terminal: 'none' });
      await new Promise((resolve) => server.stdout!.once('data', resolve));
      assert.equal((await sandbox.run(client(address))).stdout, 'inside\n', address);
      server.kill();
      await server.exited;
    }
    assert.deepEqual(sandbox.violations(), []);
  });

  it('answer with the kernel\'s own errors', async (context) => {
    const sandbox = await open(context, {}, { file: '' });
    // A server that did not clean up: programs take the place of a socket that nobody listens on.
    spawnSync(process.execPath, ['-e', "require('net').createServer().listen('stale', () => process.kill(process.pid, 'SIGKILL'))"], { cwd: sandbox.directory });
    const answers = await Promise.all(['./none', './file', './stale'].map(async (path) => (await sandbox.run(client(path))).stdout));
    assert.deepEqual([answers, sandbox.violations()], [['ENOENT\n', 'ECONNREFUSED\n', 'ECONNREFUSED\n'], []]);
  });

  it('carry tmux', { skip: missing('tmux') }, async (context) => {
    const sandbox = await open(context, {});
    const { stdout, stderr } = await sandbox.script('export TERM=xterm SHELL=/bin/sh; tmux -f /dev/null new-session -d -s one "sleep 100" && tmux list-sessions -F "#{session_name}" && tmux kill-server');
    assert.deepEqual([stdout, stderr], ['one\n', '']);
  });

  it('carry an ssh-agent, also one of the host that is listed', { skip: missing('ssh-agent') }, async (context) => {
    const sandbox = await open(context, { allowUnixSockets: ['./host-agent.sock'] });
    const inside = await sandbox.script('eval "$(ssh-agent -s)" >/dev/null; ssh-keygen -q -t ed25519 -N "" -f key; ssh-add -q key; ssh-add -l | wc -l');
    assert.equal(inside.stdout, '1\n', inside.stderr);
    const socket = join(sandbox.directory, 'host-agent.sock');
    const agent = spawnSync('ssh-agent', ['-s', '-a', socket], { encoding: 'utf8' });
    context.after(() => void spawnSync('kill', [/SSH_AGENT_PID=(\d+)/.exec(agent.stdout)?.[1] ?? '']));
    assert.equal((await sandbox.script('SSH_AUTH_SOCK=./host-agent.sock ssh-add -l')).stdout, 'The agent has no identities.\n');
  });

  it('carry a gpg-agent, which lets no program read its memory', { skip: missing('gpg') || missing('gpg-agent') }, async (context) => {
    const sandbox = await open(context, {});
    const { stdout, stderr } = await sandbox.script('export GNUPGHOME=$PWD/g; mkdir -m 700 g; gpg -q --batch --passphrase "" --quick-gen-key a@b.test ed25519 sign never && echo signed | gpg -q --batch --sign | gpg -q --batch --decrypt 2>/dev/null; gpgconf --kill all');
    assert.equal(stdout, 'signed\n', stderr);
    assert.deepEqual(sandbox.violations(), []);
  });

  it('of the container engine stay closed to its own client', { skip: missing('docker') }, async (context) => {
    const sandbox = await open(context, { allowUnixSockets: ['./listed.sock'] });
    const [engine, listed] = await Promise.all(['engine.sock', 'listed.sock'].map((name) => unixServer(context, join(sandbox.directory, name))));
    const ask = (name: string): string => `docker -H unix://${join(sandbox.directory, name)} version --format '{{.Server.Version}}' 2>&1; exit 0`;
    assert.match((await sandbox.script(ask('engine.sock'))).stdout, /permission denied/i);
    assert.equal(engine?.clients(), 0, 'the engine does not even see a connection');
    await sandbox.script(ask('listed.sock'));
    assert.ok((listed?.clients() ?? 0) > 0, 'the one that is listed is reached');
    assert.deepEqual(sandbox.violations(), [`connect ${sandbox.directory}/engine.sock /network/allowUnixSockets`]);
  });
});
