import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';

import { srt, srtProgram, startSrt, type CliResult } from '../support/cli';
import { policyOf } from '../support/policies';
import { eventually, processesWith } from '../support/processes';
import { whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

const skip = whyNotEnforced() ?? false;
const FILES = { 'ws/secrets/key': 'hidden', 'ws/out/': '', 'ws/sub/file': '', 'ws/bin/': '', 'home/': '', 'tmp/': '', 'other/': '' };
const POLICY = policyOf({ network: { allowedDomains: ['localhost'] }, filesystem: { denyRead: ['./secrets', './later', '**/*.pem'], allowWrite: ['.'], denyWrite: ['./out'] } });
const USUAL = process.env['PATH'] ?? '';

interface Project {
  /** Where a shell is found, and no Node. */
  readonly withoutNode: string;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** `srt -s policy.json …`, as a user's shell would start it. */
  run(...args: string[]): Promise<CliResult>;
  /** The same where no Node is found: only what was kept can be run. */
  runKept(...args: string[]): Promise<CliResult>;
  readonly kept: () => string[];
}

function openProject(context: TestContext, policy = POLICY, files: Readonly<Record<string, string>> = {}): Project {
  const directory = temporaryDirectory({ after: (undo) => context.after(undo) }, { ...FILES, ...files, 'ws/policy.json': JSON.stringify(policy) });
  symlinkSync('/bin/bash', join(directory, 'ws/bin/bash'));
  const environment = { HOME: join(directory, 'home'), TMPDIR: join(directory, 'tmp') };
  const started = (PATH: string) => (...args: string[]) => srt(['-s', 'policy.json', ...args], { cwd: join(directory, 'ws'), env: { ...environment, PATH } });
  const launches = join(directory, 'home/.local/state/srt/launches');
  const withoutNode = join(directory, 'ws/bin');
  return { withoutNode, directory, environment, run: started(USUAL), runKept: started(withoutNode), kept: () => (existsSync(launches) ? readdirSync(launches).map((name) => join(launches, name)) : []) };
}

/** A project with a launch that is kept. */
async function openKept(context: TestContext, policy = POLICY, files: Readonly<Record<string, string>> = {}): Promise<Project> {
  const project = openProject(context, policy, files);
  // A program that was built just now may yet change without another time, so nothing is kept of it.
  for (let attempt = 0; attempt < 20 && project.kept().length === 0; attempt++) assert.deepEqual(await project.run('/bin/true'), { code: 0, signal: null, stdout: '', stderr: '' });
  assert.deepEqual(await project.runKept('/bin/true'), { code: 0, signal: null, stdout: '', stderr: '' });
  return project;
}

/** proc_pid_status(5). Node itself has a handler for SIGTERM, and none for SIGUSR2. */
function catches(pid: number, signal: number): boolean {
  const [, mask = '0'] = /^SigCgt:\t([0-9a-f]+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

/** Where no Node is found: that is how one sees. */
function assertPlannedAnew({ directory }: Project, { code, stdout, stderr }: CliResult): void {
  assert.deepEqual({ code, stdout }, { code: 127, stdout: '' });
  assert.match(stderr, /^srt: expected node in PATH, found none/);
  assert.deepEqual(readdirSync(join(directory, 'tmp')), []);
}

function assertNothingLeft({ directory }: Project): void {
  assert.deepEqual(readdirSync(join(directory, 'tmp')), []);
  assert.deepEqual(readdirSync(join(directory, 'ws')).filter((name) => name.startsWith('.')), []);
}

/** What planning looks at. */
const changes: Readonly<Record<string, (directory: string) => void>> = {
  'the policy changed': (directory) => writeFileSync(join(directory, 'ws/policy.json'), JSON.stringify({ ...POLICY, allowPty: true })),
  'the policy is a link to another file': (directory) => {
    renameSync(join(directory, 'ws/policy.json'), join(directory, 'other/policy.json'));
    symlinkSync('../other/policy.json', join(directory, 'ws/policy.json'));
  },
  'a denied path appeared': (directory) => writeFileSync(join(directory, 'ws/later'), 'hidden'),
  'a denied directory went': (directory) => rmSync(join(directory, 'ws/secrets'), { recursive: true }),
  'a denied directory is another one of that name': (directory) => {
    renameSync(join(directory, 'ws/secrets'), join(directory, 'other/secrets'));
    mkdirSync(join(directory, 'ws/secrets'));
  },
  'a pattern names another file': (directory) => writeFileSync(join(directory, 'ws/sub/a.pem'), 'hidden'),
  'there is a new directory': (directory) => mkdirSync(join(directory, 'ws/sub/new')),
  'there is a repository': (directory) => mkdirSync(join(directory, 'ws/.git/hooks'), { recursive: true }),
  'a protected file appeared': (directory) => writeFileSync(join(directory, 'ws/.bashrc'), ''),
  'a directory became a link': (directory) => {
    rmSync(join(directory, 'ws/link'), { recursive: true });
    symlinkSync('../other', join(directory, 'ws/link'));
  },
  'a directory got other rights': (directory) => chmodSync(join(directory, 'ws/secrets'), 0o700),
};

const environments: Readonly<Record<string, (directory: string) => Readonly<Record<string, string>>>> = {
  'a variable counts that says something else': () => ({ CLAUDE_TMPDIR: '/tmp/mine' }),
  'there is another variable': () => ({ SRT_TEST_NEW: '' }),
  'temporary files go elsewhere': (directory) => ({ TMPDIR: join(directory, 'other') }),
};

const damages: Readonly<Record<string, (file: string, directory: string) => void>> = {
  'may be read by others': (file) => chmodSync(file, 0o644),
  'lies where others may look': (file) => chmodSync(join(file, '..'), 0o755),
  'is not whole': (file) => truncateSync(file, readFileSync(file).length - 5),
  'goes on': (file) => appendFileSync(file, 'x'),
  'is empty': (file) => truncateSync(file, 0),
  'is a link': (file, directory) => {
    renameSync(file, join(directory, 'other/launch'));
    symlinkSync(join(directory, 'other/launch'), file);
  },
  'is of another directory': (file) => {
    const text = readFileSync(file, 'latin1');
    writeFileSync(file, text.replace(/directory (\S+?)ws\0/, (whole) => whole.replace('ws\0', 'wt\0')), 'latin1');
  },
};

describe('a command that was planned before', { skip }, () => {
  it('runs without Node, and as it did', async (context) => {
    const project = await openKept(context, { ...POLICY, environment: { deny: ['SECRET_*'] } });
    const script = '/bin/cat secrets/key 2>/dev/null; echo "$0 $1 $((1 + 1)) $TMPDIR $SECRET_A."; ulimit -n; umask; exit 7';
    const line = ['/bin/bash', '-c', script, 'a  b', '$x'];
    const outside = { cwd: join(project.directory, 'ws'), env: { ...project.environment, SECRET_A: 'a' } };
    const [first, second] = [await srt(['-q', '-s', 'policy.json', ...line], outside), await srt(['-q', '-s', 'policy.json', ...line], outside)];
    assert.equal(first.code, 7);
    assert.match(first.stdout, /^a {2}b \$x 2 \/tmp\/claude \.\n\d+\n\d+\n$/);
    assert.deepEqual(second, first);
    assert.deepEqual(await project.runKept('-c', 'echo "$0 $1"; exit 3', 'one', 'two'), { code: 3, signal: null, stdout: 'one two\n', stderr: '' });
    assert.equal((await project.runKept('-c', 'kill -TERM $$')).code, 143);
    assertNothingLeft(project);
  });

  it('gets nothing of the session in place of standard files that are closed', async (context) => {
    const project = await openKept(context);
    const script = 'exec "$0" -s policy.json -c "/bin/readlink /proc/self/fd/{0,1,2} > files" <&- >&- 2>&-';
    for (const PATH of [USUAL, project.withoutNode]) {
      rmSync(join(project.directory, 'ws/files'), { force: true });
      const { status } = spawnSync('/bin/bash', ['-c', script, srtProgram], { cwd: join(project.directory, 'ws'), env: { ...process.env, ...project.environment, PATH } });
      assert.equal(status, 0);
      assert.equal(readFileSync(join(project.directory, 'ws/files'), 'utf8'), `/dev/null\n${project.directory}/ws/files\n/dev/null\n`);
    }
  });

  it('has its standard input, and the variables of its caller as they are now', async (context) => {
    const project = await openKept(context);
    const options = { cwd: join(project.directory, 'ws'), env: { ...project.environment, PATH: project.withoutNode } };
    assert.equal((await srt(['-s', 'policy.json', '/bin/cat'], { ...options, input: 'from outside' })).stdout, 'from outside');
    for (const SHLVL of ['3', '4']) assert.equal((await srt(['-s', 'policy.json', '/usr/bin/printenv', 'SHLVL'], { ...options, env: { ...options.env, SHLVL } })).stdout, `${SHLVL}\n`);
  });

  for (const [what, change] of Object.entries(changes))
    it(`is planned anew when ${what}`, async (context) => {
      const project = await openKept(context, POLICY, { 'ws/link/': '' });
      change(project.directory);
      assertPlannedAnew(project, await project.runKept('/bin/true'));
    });

  for (const [what, environment] of Object.entries(environments))
    it(`is planned anew when ${what}`, async (context) => {
      const project = await openKept(context);
      assertPlannedAnew(project, await srt(['-s', 'policy.json', '/bin/true'], { cwd: join(project.directory, 'ws'), env: { ...project.environment, PATH: project.withoutNode, ...environment(project.directory) } }));
    });

  it('hides what appeared meanwhile, and runs as before when it is gone again', async (context) => {
    const project = await openKept(context);
    writeFileSync(join(project.directory, 'ws/later'), 'hidden');
    writeFileSync(join(project.directory, 'ws/sub/a.pem'), 'hidden');
    const { stdout, stderr } = await project.run('-c', 'cat later; cat sub/a.pem; ls');
    assert.doesNotMatch(stdout, /hidden/);
    assert.match(stderr, /denied by "\.\/later"[^]*denied by "\*\*\/\*\.pem"/);
  });

  for (const [what, damage] of Object.entries(damages))
    it(`is planned anew when what was kept ${what}`, async (context) => {
      const project = await openKept(context);
      const [file = ''] = project.kept();
      damage(file, project.directory);
      assert.equal((await project.runKept('/bin/true')).code, 127);
      assert.equal((await project.run('-c', 'exit 3')).code, 3);
    });
});

describe('a command that was planned before, and needs Node after all', { skip }, () => {
  for (const [what, script] of Object.entries({
    'to be told what was refused': 'cat secrets/key; echo x > out/y; echo x > /usr/x; exit 5',
    'to have a name judged': 'echo x > .bashrc; mv sub/file sub/.envrc; mkdir -p new/.vscode && echo {} > new/.vscode/tasks.json; echo x > fine && cat fine; rm -r fine new',
    'to reach a network': 'getent hosts srt-front.example; getent hosts localhost > /dev/null && echo resolved',
    'as a directory was made a repository': 'cd almost; echo "ref: refs/heads/main" > HEAD; printf "[core]\\n\\tfsmonitor = evil\\n" > config; exit 6',
    'as a rebase was left to go on': 'echo "exec evil" > repo/.git/rebase-merge/git-rebase-todo; exit 6',
    'as a repository was made': 'git init -q made && git -C made config core.fsmonitor evil; exit 6',
  }))
    it(`${what}: is gone on with, and says the same`, async (context) => {
      const files = { 'ws/almost/objects/': '', 'ws/almost/refs/': '', 'ws/repo/.git/HEAD': 'ref: refs/heads/main\n', 'ws/repo/.git/objects/': '', 'ws/repo/.git/refs/': '', 'ws/repo/.git/rebase-merge/': '' };
      const [planned, kept] = [openProject(context, POLICY, files), await openKept(context, POLICY, files)];
      const [expected, got] = [await planned.run('-c', script), await kept.run('-c', script)];
      const withoutPlace = ({ code, stdout, stderr }: CliResult, { directory }: Project): object => ({ code, stdout, stderr: stderr.replaceAll(directory, '') });
      assert.deepEqual(withoutPlace(got, kept), withoutPlace(expected, planned));
      assert.notEqual(expected.stdout + expected.stderr, '');
      assertNothingLeft(kept);
    });

  it('goes on under the policy that it began with, whatever became of that file', async (context) => {
    const project = await openKept(context);
    const file = join(project.directory, 'ws/policy.json');
    for (const changed of ['{', JSON.stringify({ ...POLICY, network: { ...POLICY.network, allowedDomains: ['srt-front.example'] } })]) {
      writeFileSync(file, JSON.stringify(POLICY));
      const child = startSrt(['-s', 'policy.json', '-c', 'echo ready; read -r _; cat secrets/key; getent hosts srt-front.example; exit 4'], { cwd: join(project.directory, 'ws'), env: project.environment });
      const said = text(child.stderr!);
      await once(child.stdout!, 'data');
      assert.match(readFileSync(`/proc/${child.pid}/cmdline`, 'latin1'), /srt\0-s/, 'Node is not needed yet');
      writeFileSync(file, changed);
      child.stdin!.end('\n');
      assert.deepEqual(await once(child, 'exit'), [4, null]);
      assert.match(await said, /denied by "\.\/secrets"[^]*no entry of allowedDomains covers it[^]*srt-front\.example/);
    }
    writeFileSync(file, JSON.stringify(POLICY));
    assertNothingLeft(project);
  });

  it('goes on under the policy that it began with, wherever its command took the working directory', async (context) => {
    const policy = policyOf({ filesystem: { denyRead: ['../../secrets'], allowWrite: ['../..'], liftProtections: ['editor-settings', 'agent-settings', 'agent-tools'] } });
    const files = { 'ws/mid/sub/file': '', 'ws/policy.json': JSON.stringify(policy), 'ws/x/mine.json': JSON.stringify({ ...policy, network: { ...policy.network, allowedDomains: ['srt-front.example'] } }) };
    for (const [what, script] of Object.entries({
      moved: 'cd ../..; mkdir x/y; cp x/mine.json x/y/policy.json; mv mid x/y',
      removed: 'cd ../..; rm -r mid',
    })) {
      const project = openProject(context, policy, files);
      const outside = { cwd: join(project.directory, 'ws/mid/sub'), env: project.environment };
      for (let attempt = 0; attempt < 20 && project.kept().length === 0; attempt++) assert.equal((await srt(['-s', '../../policy.json', '/bin/true'], outside)).code, 0);
      const { code, stderr } = await srt(['-s', '../../policy.json', '-c', `${script} && cat secrets/key; getent hosts srt-front.example; exit 4`], outside);
      assert.equal(code, 4, stderr);
      assert.match(stderr, /denied by "\.\.\/\.\.\/secrets"[^]*no entry of allowedDomains covers it[^]*srt-front\.example/, what);
      assert.equal(existsSync(join(project.directory, 'ws/mid')), false);
    }
  });

  it('carries connections to what the policy allows', async (context) => {
    const project = await openKept(context);
    const serve = `const server = require('node:http').createServer((_, answer) => answer.end('served')).listen(0, '127.0.0.1', () => process.send(server.address().port))`;
    const { fork } = await import('node:child_process');
    writeFileSync(join(project.directory, 'other/serve.js'), serve);
    const server = fork(join(project.directory, 'other/serve.js'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    context.after(() => void server.kill());
    const [port] = (await once(server, 'message')) as [number];
    const fetched = `fetch('http://localhost:${port}/').then((answer) => answer.text()).then(console.log)`;
    assert.deepEqual(await project.run(process.execPath, '-e', fetched), { code: 0, signal: null, stdout: 'served\n', stderr: '' });
    assertNothingLeft(project);
  });
});

describe('a command that cannot be kept', { skip }, () => {
  for (const [what, policy] of Object.entries({
    'its words are judged': { ...POLICY, commands: { deny: ['rm -rf *'] } },
    'a variable is masked': { ...POLICY, credentials: { envVars: [{ name: 'SRT_TEST_TOKEN', mode: 'deny' as const }] } },
    'programs run outside': { ...POLICY, broker: { allow: ['git push'] } },
  }))
    it(`is planned each time: ${what}`, async (context) => {
      const project = openProject(context, policy);
      assert.equal((await project.run('/bin/true')).code, 0);
      assert.deepEqual(project.kept(), []);
    });

  it('is planned each time by a policy that says more than it holds', async (context) => {
    const project = openProject(context, POLICY, { 'home/.srt-settings.json': JSON.stringify(POLICY), 'ws/.srt-settings.json': JSON.stringify(policyOf({ network: { allowedDomains: ['other.example'] } })) });
    const run = (PATH: string): Promise<CliResult> => srt(['--layers', '/bin/true'], { cwd: join(project.directory, 'ws'), env: { ...project.environment, PATH } });
    assert.match((await run(USUAL)).stderr, /not in force/);
    assert.equal((await run(project.withoutNode)).code, 127);
  });
});

describe('the native front', { skip }, () => {
  it('leaves nothing when it is killed, or its network is', async (context) => {
    for (const whom of ['front', 'pod'] as const) {
      const project = await openKept(context);
      const marker = `${61_000 + process.pid}.${whom.length}`;
      const child = startSrt(['-s', 'policy.json', '-c', `echo ready; /bin/sleep ${marker}; true`], { cwd: join(project.directory, 'ws'), env: { ...project.environment, PATH: whom === 'front' ? project.withoutNode : USUAL } });
      await once(child.stdout!, 'data');
      const [pod] = processesWith(`${project.directory}/tmp`).filter((pid) => /^[^\0]*srt-helper\0pod\0/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8')));
      process.kill(whom === 'front' ? child.pid! : pod!, 'SIGKILL');
      await once(child, 'exit');
      await eventually(() => processesWith(marker).length === 0 && readdirSync(join(project.directory, 'tmp')).length === 0, 'everything is gone');
      if (whom === 'front') assertNothingLeft(project);
    }
  });

  it('hands signals to the command, before and after Node took over', async (context) => {
    const project = await openKept(context);
    for (const before of ['', 'cat secrets/key 2>/dev/null; ']) {
      const child = startSrt(['-q', '-s', 'policy.json', '-c', `trap "echo ended; exit 5" TERM; ${before}echo ready; while :; do sleep 0.01; done`], { cwd: join(project.directory, 'ws'), env: project.environment });
      let said = '';
      child.stdout!.setEncoding('utf8').on('data', (text: string) => (said += text));
      await eventually(() => said.includes('ready'), 'it is ready');
      await eventually(() => before === '' || readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').startsWith('node'), 'Node has taken over');
      if (before !== '') await eventually(() => catches(child.pid!, constants.signals.SIGUSR2), 'it passes signals on');
      child.kill('SIGTERM');
      assert.deepEqual(await once(child, 'exit'), [5, null]);
      assert.equal(said, 'ready\nended\n');
    }
  });

  it('leaves every other command line to Node', async (context) => {
    const project = await openKept(context);
    for (const args of [['check', 'policy.json'], ['--version'], ['-d', '/bin/true'], ['--no-such-option'], ['/bin/echo', 'ü'], ['-c', '/bin/true', 'check'], []]) assert.equal((await project.runKept(...args)).code, 127, args.join(' '));
    assert.deepEqual(await project.runKept('--', 'check'), { code: 127, signal: null, stdout: '', stderr: 'srt: check: command not found\n' });
    const { stdout } = spawnSync(srtProgram, ['--version'], { encoding: 'utf8' });
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  });
});
