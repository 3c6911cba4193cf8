import { strict as assert } from 'node:assert';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { describe, it } from 'node:test';

import { createProgram } from 'sandbox-core/internal/cli/main';
import { completionScript, SHELLS } from 'sandbox-core/internal/cli/completions';
import { describeProgram, type DescribedCommand } from 'sandbox-core/internal/cli/describe-program';
import { createOutput } from 'sandbox-core/internal/cli/output';

import { root, srt, srtCommand, startSrt } from '../support/cli';
import { whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';
import { openTerminal } from '../support/terminal';

const run = promisify(execFile);
const skip = whyNotEnforced() ?? false;
const POLICY = { network: { allowedDomains: [], deniedDomains: [] }, filesystem: { denyRead: [], allowWrite: ['.'], denyWrite: [] } };
const program = describeProgram(createProgram(createOutput(process.stdout, process.stderr, {}), [], () => undefined));

describe('srt init', () => {
  it('builds on what the project looks like, and replaces nothing', async (context) => {
    const cwd = temporaryDirectory(context, { 'package.json': '{}', 'go.mod': '' });
    const first = await srt(['init'], { cwd });
    assert.deepEqual({ code: first.code, stdout: first.stdout }, { code: 0, stdout: 'wrote .srt-settings.json: workspace, node, go\n' });
    assert.equal((await srt(['check', '.srt-settings.json'], { cwd })).code, 0);
    const second = await srt(['init'], { cwd });
    assert.deepEqual([second.code, second.stderr.includes('exists already. --force')], [1, true]);
    assert.equal((await srt(['init', '--force', '--preset', 'strict', 'strict', '--preset', 'python', 'strict'], { cwd })).code, 0);
    assert.deepEqual((JSON.parse(readFileSync(join(cwd, '.srt-settings.json'), 'utf8')) as { extends: string[] }).extends, ['strict', 'python']);
    assert.match((await srt(['init', 'x.json', '--preset', 'nothing'], { cwd })).stderr, /there is no preset "nothing"; there are strict, workspace/);
    assert.equal(existsSync(join(cwd, 'x.json')), false);
  });

  it('asks on a terminal', async (context) => {
    const cwd = temporaryDirectory(context, {});
    const terminal = openTerminal(context, process.execPath, [srtCommand, 'init'], { cwd });
    await terminal.expect(/\[workspace\]/);
    terminal.type('nonsense\r');
    await terminal.expect(/There is no preset nonsense[^]*\[workspace\]/);
    terminal.type('strict github strict\r');
    assert.equal((await terminal.exited).exitCode, 0);
    assert.deepEqual((JSON.parse(readFileSync(join(cwd, '.srt-settings.json'), 'utf8')) as { extends: string[] }).extends, ['strict', 'github']);
  });

  for (const [name, key] of [['Ctrl-C', '\x03'], ['Ctrl-D', '\x04']] as const)
    it(`writes nothing after ${name}`, async (context) => {
      const cwd = temporaryDirectory(context, {});
      const terminal = openTerminal(context, process.execPath, [srtCommand, 'init'], { cwd });
      await terminal.expect(/\[workspace\]/);
      terminal.type(key);
      await terminal.expect(/srt: nothing was written/);
      assert.equal((await terminal.exited).exitCode, 130);
      assert.equal(existsSync(join(cwd, '.srt-settings.json')), false);
    });

  it('says why a file cannot be written', async (context) => {
    const { code, stderr } = await srt(['init', 'absent/x.json'], { cwd: temporaryDirectory(context, {}) });
    assert.deepEqual([code, stderr.startsWith('Error: cannot write absent/x.json: ENOENT'), stderr.includes('unexpected')], [1, true, false]);
  });

  it('leaves nothing where the disk is full, nor does srt import', (context) => {
    const cwd = temporaryDirectory(context, { 'lists.json': '{ "allowed_paths": ["./x"], "blocked_paths": [] }', 'home/': '' });
    for (const args of ['init x.json', 'import -o x.json lists.json']) {
      const { status, stderr } = spawnSync('bash', ['-c', `trap '' XFSZ; ulimit -f 0; exec "$0" "$1" ${args}`, process.execPath, srtCommand], { cwd, encoding: 'utf8', env: { ...process.env, HOME: join(cwd, 'home'), NODE_DISABLE_COMPILE_CACHE: '1' } });
      assert.deepEqual([status, stderr.endsWith('Error: cannot write x.json: EFBIG\n'), readdirSync(cwd).sort()], [1, true, ['home', 'lists.json']], stderr);
    }
  });
});

describe('results that cannot be written', () => {
  it('are said to be, once, and it is no success; a reader that wants no more is no failure', async (context) => {
    const cwd = temporaryDirectory(context, { 'policy.json': JSON.stringify(POLICY) });
    const to = (place: string, ...args: string[]) => run('bash', ['-c', `"$0" "$@" ${place}; echo "status \${PIPESTATUS[0]}" >&2`, process.execPath, srtCommand, ...args], { cwd });
    for (const args of [['effective', '-s', 'policy.json'], ['check', 'policy.json'], ['--help'], ['explain', 'read', 'x', '-s', 'policy.json']]) {
      const { stderr } = await to('> /dev/full', ...args);
      assert.match(stderr, /^Error: cannot write the results: ENOSPC[^\n]*\nstatus 1\n$/, args.join(' '));
    }
    assert.equal((await to('| true', 'effective', '-s', 'policy.json')).stderr.replace(/status (0|141)\n/, ''), '');
  });
});

describe('srt session', { skip }, () => {
  it('ends if it cannot print its socket', (context) => {
    const cwd = temporaryDirectory(context, { 'policy.json': JSON.stringify(POLICY), 'tmp/': '' });
    const options = { cwd, env: { ...process.env, TMPDIR: join(cwd, 'tmp') }, encoding: 'utf8', timeout: 60_000 } as const; // without an error it would stay
    const { status, stderr } = spawnSync('bash', ['-c', 'exec "$0" "$@" > /dev/full', process.execPath, srtCommand, 'session', '-s', 'policy.json'], options);
    assert.match(stderr, /^Error: cannot write the results: ENOSPC[^\n]*\n$/);
    assert.equal(status, 1);
    assert.deepEqual(readdirSync(join(cwd, 'tmp')), []);
  });

  it('says that TMPDIR is too long for its socket, and leaves nothing there', async (context) => {
    const cwd = temporaryDirectory(context, { 'policy.json': JSON.stringify(POLICY) });
    for (const length of [80, 107]) {
      const TMPDIR = join(cwd, 'x'.repeat(length - cwd.length - 1));
      mkdirSync(TMPDIR);
      const { code, stdout, stderr } = await srt(['session', '-s', 'policy.json'], { cwd, env: { TMPDIR } });
      assert.deepEqual([code, stdout, readdirSync(TMPDIR)], [1, '', []]);
      assert.match(stderr, /^Error: expected a path of at most 107 bytes for the session's socket, .*Set TMPDIR to a directory with a shorter path\n$/);
    }
  });
});

describe('srt import', () => {
  it('prints another tool\'s settings as a policy, and says what it left out', async (context) => {
    const cwd = temporaryDirectory(context, { 'fence.json': JSON.stringify({ network: { allowedDomains: ['example.com'] }, filesystem: { allowWrite: ['.'] }, command: { deny: ['git push'] } }), 'other.json': '{ "a": 1 }' });
    const { code, stdout, stderr } = await srt(['import', 'fence.json'], { cwd });
    assert.equal(code, 0, stderr);
    assert.deepEqual((JSON.parse(stdout) as typeof POLICY).network.allowedDomains, ['example.com']);
    assert.match(stderr, /^srt: read as fence\n/);
    assert.equal((await srt(['import', 'fence.json', '-o', 'policy.json'], { cwd })).code, 0);
    assert.equal((await srt(['check', 'policy.json'], { cwd })).code, 0);
    assert.deepEqual([(await srt(['import', 'fence.json', '-o', 'policy.json'], { cwd })).code, (await srt(['import', 'other.json'], { cwd })).code], [1, 1]);
  });
});

describe('srt run', { skip }, () => {
  it('joins a session that srt session holds open, and says so if there is none', async (context) => {
    const cwd = temporaryDirectory(context, { 'policy.json': JSON.stringify(POLICY), 'tmp/': '' });
    const env = { TMPDIR: join(cwd, 'tmp') };
    assert.match((await srt(['run', 'true'], { cwd, env })).stderr, /no session is open/);
    const session = startSrt(['session', '-s', 'policy.json', '--json'], { cwd, env });
    const [line] = (await once(createInterface({ input: session.stdout! }), 'line')) as [string];
    const { socket, run: start } = JSON.parse(line) as { socket: string; run: [string, ...string[]] };
    const started = spawnSync(start[0], [...start.slice(1), 'sh', '-c', 'echo started; exit 6'], { encoding: 'utf8', env });
    assert.deepEqual([started.status, started.stdout, started.stderr], [6, 'started\n', '']);
    await srt(['run', '--session', socket, '-c', 'echo shared > /tmp/file'], { cwd, env });
    assert.deepEqual(await srt(['run', 'cat', '/tmp/file'], { cwd, env, input: '' }), { code: 0, signal: null, stdout: 'shared\n', stderr: '' });
    assert.deepEqual([(await srt(['run', '-c', 'exit 9'], { cwd, env })).code, (await srt(['run', 'touch', '/usr/x'], { cwd, env })).code], [9, 1]);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const trapping = startSrt(['run', '-c', `trap "exit 5" ${signal.slice(3)}; echo ready; while :; do sleep 0.01; done`], { cwd, env, detached: true });
      await once(trapping.stdout!, 'data');
      process.kill(-trapping.pid!, signal);
      assert.deepEqual(await once(trapping, 'exit'), [5, null]);
    }
    const killed = await srt(['run', '-c', 'kill -9 $$'], { cwd, env });
    assert.deepEqual([killed.code, killed.stderr], [137, '']);
    const running = startSrt(['run', '-c', 'echo ready; sleep 60'], { cwd, env });
    const said = text(running.stderr!);
    await once(running.stdout!, 'data');
    session.kill('SIGTERM');
    assert.deepEqual(await Promise.all([once(running, 'exit'), said]), [[137, null], 'Error: the sandbox session has ended, and the command with it\n']);
    assert.equal(session.exitCode ?? (await once(session, 'exit'))[0], 0);
    assert.match((await srt(['run', '--session', socket, 'true'], { cwd, env })).stderr, /is not running/);
  });
});

describe('srt --control-fd', { skip }, () => {
  it('takes changed network lists while a command runs, and says what it ignores', async (context) => {
    const cwd = temporaryDirectory(context, { 'policy.json': JSON.stringify(POLICY) });
    const child = spawn(process.execPath, [srtCommand, '-q', '-s', 'policy.json', '--control-fd', '3', '-c', 'read line; getent hosts srt-control.example.com > /dev/null; echo $?; read line'], { cwd, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
    const control = child.stdio[3] as NodeJS.WritableStream;
    const said = createInterface({ input: child.stderr });
    control.write('nonsense\n');
    assert.deepEqual(await once(said, 'line'), ['Invalid config on control fd 3: ignored, previous config still in force']);
    control.write(JSON.stringify({ ...POLICY, network: { ...POLICY.network, allowedDomains: ['*.example.com'] } }) + '\n');
    control.write(JSON.stringify({ ...POLICY, limits: { openFiles: 10 } }) + '\n');
    assert.match(String((await once(said, 'line'))[0]), /^Config on control fd 3 ignored, .*limits/);
    child.stdin.write('\n');
    assert.deepEqual(await once(createInterface({ input: child.stdout }), 'line'), ['0']);
    child.stdin.end('\n');
    await once(child, 'exit');
  });

  it('may be the same pipe as the input', (context) => {
    const cwd = temporaryDirectory(context, { 'policy.json': JSON.stringify(POLICY) });
    const { status, stderr } = spawnSync('bash', ['-c', `echo nonsense | "$0" "$1" -q -s policy.json --control-fd 3 -c 'exit 7' 3<&0`, process.execPath, srtCommand], { cwd, encoding: 'utf8' });
    assert.deepEqual([status, stderr], [7, 'Invalid config on control fd 3: ignored, previous config still in force\n']);
  });

  it('lets the command run on when the channel breaks', (context) => {
    const cwd = temporaryDirectory(context, { 'policy.json': JSON.stringify(POLICY) });
    const directory = openSync(cwd, 'r');
    context.after(() => closeSync(directory));
    const { status, stdout, stderr } = spawnSync(process.execPath, [srtCommand, '-q', '-s', 'policy.json', '--control-fd', '3', '-c', 'sleep 0.3; echo done'], { cwd, stdio: ['ignore', 'pipe', 'pipe', directory], encoding: 'utf8' });
    assert.deepEqual([status, stdout], [0, 'done\n']);
    assert.match(stderr, /^Error reading control fd 3: EISDIR.*no further updates will be applied\.\n$/);
  });

  it('runs nothing without the channel that was asked for', async (context) => {
    const cwd = temporaryDirectory(context, {});
    assert.match((await srt(['--control-fd', '77', 'true'], { cwd })).stderr, /--control-fd 77 is not usable: EBADF/);
    assert.match((await srt(['--control-fd', '2', 'true'], { cwd })).stderr, /3 or higher, got "2"/);
    const own = Array.from({ length: 20 }, (_, index) => String(index + 3));
    const answers = await Promise.all(own.map(async (fd) => [fd, await srt(['--control-fd', fd, 'true'], { cwd })] as const));
    assert.deepEqual(answers.filter(([, { code, stderr }]) => code !== 1 || !/is not usable: (EBADF|no caller passed it)/.test(stderr)), []);
  });
});

describe('completions', () => {
  it('know every command and option, in each shell', () => {
    const names = (command: DescribedCommand): string[] => [...command.path.slice(-1), ...command.options.flatMap((option) => option.names), ...command.commands.flatMap(names)];
    for (const shell of SHELLS) {
      const script = completionScript(shell, program);
      const spelled = (name: string): string => (shell === 'fish' ? name.replace(/^--/, '-l ').replace(/^-(?=\w$)/, '-s ') : name);
      assert.deepEqual(names(program).filter((name) => !script.includes(spelled(name))), [], shell);
    }
  });

  it('offer the presets, in each shell', () => {
    for (const shell of SHELLS) assert.match(completionScript(shell, program), /preset.*strict workspace/, shell);
  });

  it('leave zsh its own table of programs, which completes what is run', () => {
    assert.doesNotMatch(completionScript('zsh', program), /\bcommands=/);
  });

  it('complete in bash', async () => {
    const complete = async (...words: string[]): Promise<string[]> => {
      const source = `${completionScript('bash', program)}\nCOMP_WORDS=(srt "$@"); COMP_CWORD=$#; _srt; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout } = await run('bash', ['-c', source, 'bash', ...words]);
      return stdout.trim().split('\n');
    };
    const words = await complete('completions', '');
    assert.deepEqual(await complete('--rep'), ['--report']);
    assert.deepEqual(await complete('--report', 'a'), ['agent']);
    assert.deepEqual(await complete('audit', 'v'), ['verify']);
    assert.deepEqual(await complete('check', '--platform', 'm'), ['macos']);
    assert.deepEqual([await complete('check', ''), await complete('check', '--expl'), await complete('doctor', '')], [[''], ['--explain'], ['--json', '-h', '--help']], 'nothing, so that files are offered');
    assert.deepEqual([await complete('init', '--preset', 'ca'), await complete('init', '--preset', 'node', 'x')], [['careful'], ['']]);
    assert.deepEqual(SHELLS.filter((shell) => !words.includes(shell)), []);
  });

  for (const [shell, flag] of [['zsh', '-n'], ['fish', '-n']] as const)
    it(`are ${shell} that ${shell} can read`, async (context) => {
      const file = join(temporaryDirectory(context, {}), 'script');
      writeFileSync(file, completionScript(shell, program));
      const found = (process.env['PATH'] ?? '').split(':').some((directory) => existsSync(join(directory, shell)));
      if (!found) return context.skip(`${shell} is not installed (apt install ${shell})`);
      await run(shell, [flag, file]);
    });
});

describe('the manual page', () => {
  it('is a page that man can show, and names every command', async (context) => {
    const page = join(root, 'docs', 'srt.1');
    const text = readFileSync(page, 'utf8').replaceAll('\\-', '-');
    assert.deepEqual(program.commands.filter(({ path }) => !text.includes(`\n.SS srt ${path.join(' ')}`)).map(({ path }) => path), []);
    if (!existsSync('/usr/bin/groff')) return context.skip('groff is not installed');
    const { stderr, stdout } = await run('groff', ['-man', '-Tutf8', '-ww', page]);
    assert.equal(stderr, '');
    assert.match(stdout, /SRT\(1\)/);
  });
});
