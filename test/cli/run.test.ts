import { strict as assert } from 'node:assert';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';

import type { Violation } from 'sandbox-core/policy';

import { srt, srtCommand, startSrt, type CliResult } from '../support/cli';
import { policyOf } from '../support/policies';
import { whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory, writeFiles } from '../support/temporary';

const skip = whyNotEnforced() ?? false;
const POLICY = JSON.stringify(policyOf({ filesystem: { denyRead: ['./secret'], allowWrite: ['./out'], denyWrite: [] } }), null, 2);

/** A home directory that holds the policy, and a project in it. */
function project(context: TestContext, policy = POLICY): string {
  return temporaryDirectory(context, { 'ws/out/': '', 'ws/secret': 'hidden', '.srt-settings.json': policy });
}

function run(home: string, ...args: string[]): Promise<CliResult> {
  return srt(args, { cwd: join(home, 'ws'), env: { HOME: home } });
}

describe('srt', { skip }, () => {
  it('runs a command, or a string with -c, and exits as it does', async (context) => {
    const home = project(context);
    assert.deepEqual(await run(home, 'echo', 'a  b', '$HOME'), { code: 0, signal: null, stdout: 'a  b $HOME\n', stderr: '' });
    assert.equal((await run(home, '-c', 'echo $((1 + 1)); exit 7')).code, 7);
    assert.equal((await run(home, '-c', 'kill -TERM $$')).code, 143);
    assert.equal((await run(home, 'no-such-command')).code, 127);
    assert.equal((await run(home, '--', 'check')).code, 127);
  });

  it('runs where nothing can be kept: the home directory, or a directory in it, is a file', async (context) => {
    const home = project(context);
    writeFiles(home, { '.local': '' });
    for (const HOME of [home, '/dev/null']) assert.deepEqual(await srt(['-s', join(home, '.srt-settings.json'), '/bin/echo', 'hi'], { cwd: join(home, 'ws'), env: { HOME } }), { code: 0, signal: null, stdout: 'hi\n', stderr: '' });
  });

  it('keeps its policy, the links that lead to it, and its own program from the command', async (context) => {
    const home = project(context, JSON.stringify(policyOf({ filesystem: { allowWrite: ['.', dirname(dirname(srtCommand))] } })));
    symlinkSync('../.srt-settings.json', join(home, 'ws/policy.json'));
    symlinkSync('..', join(home, 'ws/up'));
    const script = `rm policy.json && echo BAD; mv policy.json p && echo BAD; ln -sf out policy.json && echo BAD; mv up u && echo BAD; : >> ${srtCommand} && echo BAD; : >> ${dirname(dirname(srtCommand))}/native/build/srt-helper && echo BAD; exit 0`;
    for (const policy of ['policy.json', 'up/.srt-settings.json']) assert.doesNotMatch((await run(home, '-s', policy, '-c', script.replace(policy === 'policy.json' ? 'mv up u && echo BAD;' : /rm policy.*(?=mv up)/, ''))).stdout, /BAD/);
    const moved = await run(home, '-s', 'policy.json', '-c', 'mv up u && echo moved');
    assert.match(moved.stdout, /moved/, moved.stderr);
  });

  it('leaves options behind the command to the command', async (context) => {
    const home = project(context);
    assert.equal((await run(home, 'echo', '-s', '-c', '--help')).stdout, '-s -c --help\n');
    assert.equal((await run(home, '--', 'echo', '-V')).stdout, '-V\n');
  });

  it('passes its input and its signals on', async (context) => {
    const home = project(context);
    assert.equal((await srt(['tr', 'a-z', 'A-Z'], { cwd: home, env: { HOME: home }, input: 'hello' })).stdout, 'HELLO');
    const child = startSrt(['-c', 'trap "exit 5" TERM; echo ready; while :; do sleep 0.01; done'], { cwd: home, env: { HOME: home } });
    await once(child.stdout!, 'data');
    child.kill('SIGTERM');
    assert.deepEqual((await once(child, 'exit'))[0], 5);
  });

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    it(`hands a ${signal} to its process group to the command, which ends as it likes`, async (context) => {
      const home = project(context);
      const child = startSrt(['-c', `trap "echo cleanup; exit 7" ${signal.slice(3)}; echo ready; while :; do sleep 0.01; done`], { cwd: home, env: { HOME: home }, detached: true });
      const said = [text(child.stdout!), text(child.stderr!)];
      await once(child.stdout!, 'data');
      process.kill(-child.pid!, signal);
      const [output, errors] = await Promise.all(said);
      assert.deepEqual([child.exitCode ?? (await once(child, 'exit'))[0], output], [7, 'ready\ncleanup\n']);
      assert.doesNotMatch(errors ?? '', /srt|sandbox/);
    });

  it('reports for people, programs, agents or nobody', async (context) => {
    const home = project(context);
    const report = async (form: string, script = "cat secret 2> /dev/null; : > 'x<sandbox_violations>' || true"): Promise<string> => (await run(home, '--report', form, '-c', `{ ${script}; } 2> /dev/null`)).stderr;
    assert.match(await report('summary'), /^srt: the sandbox refused 2 things\n/);
    const json = JSON.parse(await report('json')) as { session: string; totals: { refused: number }; violations: Violation[] };
    assert.deepEqual([json.totals.refused, json.violations.map(({ operation, session }) => [operation, session])], [2, [['read', json.session], ['write', json.session]]]);
    assert.match(await report('agent'), /^<sandbox_violations>\nread .*\/ws\/secret: denied by .*\nwrite .*\/ws\/x‹sandbox_violations›: .*\n<\/sandbox_violations>\n$/);
    const block = await report('agent', ': > missing; : > /etc/cron.d/x; : > /usr/bin/ls; : > ~/new; mkdir ~/.local; true');
    assert.deepEqual(block.split('\n').flatMap((line) => /a person could: (.*)/.exec(line)?.[1] ?? []), [`Allow writing everything in ${home}/ws in this policy`], block);
    assert.equal(await report('none'), '');
    assert.equal(await report('agent', 'true'), '');
    assert.equal((JSON.parse(await report('json', 'true')) as { totals: { refused: number } }).totals.refused, 0);
  });

  it('says at the end what was refused, under the line of the rule, and not with --quiet', async (context) => {
    const home = project(context);
    const script = 'cat secret; echo x > new; echo y > out/fine; mkdir -p out; exit 3';
    const { stderr, code } = await run(home, '-c', script);
    assert.equal(code, 3);
    assert.ok(
      stderr.endsWith(
        [
          'srt: the sandbox refused 2 things',
          `  ${home}/.srt-settings.json:8:7  denied by "./secret" in denyRead`,
          `    read     ${home}/ws/secret (cat)`,
          `    fix: Add "${home}/ws/secret" to filesystem.allowRead`,
          `  ${home}/.srt-settings.json:10:19  no entry of allowWrite covers it`,
          `    write    ${home}/ws/new (bash)`,
          '    fix: Add "~/ws" to filesystem.allowWrite',
          '',
        ].join('\n'),
      ),
      stderr,
    );
    assert.ok(!(await run(home, '-q', '-c', script)).stderr.includes('srt:'));
  });

  it('writes what was refused to a file, one record a line', async (context) => {
    const home = project(context);
    await run(home, '-q', '--violations-file', '../v.jsonl', '-c', 'for i in 1 2 3; do cat secret; done');
    const records = readFileSync(join(home, 'v.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Violation);
    assert.deepEqual(records.map(({ operation, target, count, rule, command }) => ({ operation, target, count, rule, command })), [
      { operation: 'read', target: `${home}/ws/secret`, count: 3, rule: { kind: 'policy', pointer: '/filesystem/denyRead/0' }, command: ['bash', '-c', 'for i in 1 2 3; do cat secret; done'] },
    ]);
  });

  it('writes such files only where no command can put a link, and follows none', async (context) => {
    const home = project(context);
    writeFiles(home, { victim: 'kept', 'elsewhere/': '', 'logs/': '' });
    symlinkSync(join(home, 'victim'), join(home, 'linked'));
    symlinkSync(join(home, 'elsewhere'), join(home, 'ws/out/way'));
    for (const option of ['--violations-file', '--network-log']) {
      for (const [place, reason] of [['out/v.json', /where no command may write, but .*\/ws\/out may be written/], ['out/way/v.json', /where no command may write, but .*\/ws\/out\/way may be written/], ['../linked', /it is a symbolic link/], ['../logs', /cannot write .*EISDIR/]] as const) {
        const { code, stderr, stdout } = await run(home, option, place, '-c', 'ln -sf ../../victim out/v.json; cat secret; echo ran');
        assert.deepEqual([code, stdout], [1, ''], place);
        assert.match(stderr, reason);
      }
      assert.equal((await run(home, '-q', option, '../logs/v.json', '-c', 'cat secret; true')).code, 0);
    }
    assert.equal(readFileSync(join(home, 'victim'), 'utf8'), 'kept');
    assert.deepEqual([readdirSync(join(home, 'elsewhere')), readdirSync(join(home, 'logs'))], [[], ['v.json']]);
    // What the shell opened is its own word.
    execFileSync('bash', ['-c', '"$@" 3> ../logs/own', 'bash', process.execPath, srtCommand, '-q', '--violations-file', '/dev/fd/3', '-c', 'cat secret; true'], { cwd: join(home, 'ws'), env: { ...process.env, HOME: home }, stdio: 'ignore' });
    assert.match(readFileSync(join(home, 'logs/own'), 'utf8'), /"operation":"read"/);
  });

  it('runs to the end and reports where such a file cannot be written any more', (context) => {
    const home = project(context);
    for (const [option, notice] of [['--violations-file', /^srt: the violations file is not complete, .*ENOSPC/m], ['--network-log', /^srt: the network log ends here, .*ENOSPC/m]] as const) {
      const { status, stdout, stderr } = spawnSync('bash', ['-c', '"$@" 3> /dev/full', 'bash', process.execPath, srtCommand, option, '/dev/fd/3', '-c', 'getent hosts a.test; cat secret; echo ran; exit 5'], { cwd: join(home, 'ws'), env: { ...process.env, HOME: home }, encoding: 'utf8' });
      assert.deepEqual([status, stdout], [5, 'ran\n'], option);
      assert.match(stderr, notice);
      assert.match(stderr, /^srt: the sandbox refused 2 things/m);
    }
  });

  it('runs with the built-in defaults where there is no policy', async (context) => {
    const home = temporaryDirectory(context, { 'ws/': '' });
    const { code, stderr } = await run(home, 'touch', 'x');
    assert.equal(code, 1);
    assert.match(stderr, /default policy {2}no entry of allowWrite covers it\n {4}write {4}.*\/ws\/x \(touch\)/);
  });

  it('takes the account\'s home directory where HOME names none, and no policy of the working directory for the user\'s', async (context) => {
    const directory = temporaryDirectory(context, { '.srt-settings.json': JSON.stringify(policyOf({ filesystem: { allowWrite: ['.'] } })), 'named.json': POLICY });
    for (const HOME of ['', 'relative']) {
      assert.equal((await srt(['-q', '-s', 'named.json', '-c', 'echo "$HOME"'], { cwd: directory, env: { HOME } })).stdout, `${HOME}\n`);
      const { code, stderr } = await srt(['-c', 'touch made'], { cwd: directory, env: { HOME } });
      assert.notEqual(code, 0);
      assert.doesNotMatch(stderr, /unexpected failure/);
      assert.ok(!readdirSync(directory).includes('made'));
    }
  });

  it('shows the plan with --debug', async (context) => {
    const { stderr, code } = await run(project(context), '-d', 'true');
    assert.equal(code, 0);
    assert.equal((JSON.parse(stderr) as { command: { argv: string[] } }).command.argv[0], 'true');
  });
});

describe('srt refuses', { skip }, () => {
  const cases: Readonly<Record<string, readonly [policy: string, expected: RegExp]>> = {
    'an empty policy': ['\n', /^Error: .*\.srt-settings\.json is empty\. Delete it, or put a policy in it\.\nRefusing to run with the built-in defaults/],
    'what is not JSON': ['{ "network": }', /is not valid JSON:\n[^]*1:14 json-syntax: not valid JSON: expected a value, found "}"\n[^]*Refusing/],
    'wrong types': ['{ "network": 1, "filesystem": [] }', /does not hold a valid policy:\n {2}1:14 wrong-type: expected an object, found 1\n {2}1:31 wrong-type/],
    'a misspelled key': [POLICY.replace('denyRead', 'denyReads'), /7:5 unknown-key: unknown key "denyReads"; did you mean "denyRead"\?/],
    'a comment': [`// mine\n${POLICY}`, /1:1 json-comment/],
    '5 MB': [`{ "x": "${'x'.repeat(5e6)}" }`, /1:1 policy-too-large: the policy is too large: 4\.8 MiB/],
    'deep nesting': ['['.repeat(20_000), /1:65 policy-too-deep/],
    'what it cannot enforce': [JSON.stringify(policyOf({ filesystem: { denyRead: ['.'] } })), /the working directory .* is hidden \(denied by "\." in denyRead\)/],
    'a NUL in a path': [JSON.stringify(policyOf({ filesystem: { denyRead: ['/a\0b'] } })), /invalid-path: "\/a\\u0000b": a path cannot have a NUL character/],
  };
  for (const [what, [policy, expected]] of Object.entries(cases))
    it(what, async (context) => {
      const home = project(context, policy);
      const { code, stdout, stderr } = await run(home, '-c', 'echo ran; touch out/ran');
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, expected);
    });

  it('a file that is missing, a folder, or not readable', async (context) => {
    const home = project(context);
    assert.match((await run(home, '-s', 'nowhere.json', 'true')).stderr, /nowhere\.json does not exist\.\nRefusing/);
    assert.match((await run(home, '-s', '.', 'true')).stderr, /could not be read \(EISDIR\)/);
    if (process.getuid?.() === 0) return;
    chmodSync(join(home, '.srt-settings.json'), 0);
    assert.match((await run(home, 'true')).stderr, /could not be read \(EACCES\)/);
  });

  it('to run nothing, and options it does not know', async (context) => {
    const home = project(context);
    assert.match((await run(home)).stderr, /^Error: No command specified\. Use -c <command> or provide command arguments\.\n$/);
    assert.match((await run(home, '--bogus', 'true')).stderr, /unknown option '--bogus'/);
    assert.deepEqual([(await run(home)).code, (await run(home, '--bogus', 'true')).code], [1, 1]);
  });

  it('to start without bubblewrap', async (context) => {
    const home = project(context, JSON.stringify({ ...policyOf(), bwrapPath: '/nonexistent/bwrap' }));
    assert.match((await run(home, 'true')).stderr, /^Error: expected bubblewrap \(bwrap\), found none in \/nonexistent\/bwrap\. Install it \(Debian, Ubuntu: apt install bubblewrap/);
  });

  it('to share its directory with somebody else', async (context) => {
    const home = project(context);
    const temporary = temporaryDirectory(context);
    mkdirSync(join(temporary, `srt-${process.getuid?.()}`), { mode: 0o777 });
    chmodSync(join(temporary, `srt-${process.getuid?.()}`), 0o777);
    const { code, stderr } = await srt(['true'], { cwd: home, env: { HOME: home, TMPDIR: temporary } });
    assert.equal(code, 1);
    assert.match(stderr, /expected .* to be a directory of your own with mode 0700, but its mode is 0777/);
  });

  it('with arguments, or in a directory, whose names are not UTF-8', (context) => {
    const home = project(context);
    const shell = (script: string): string => spawnSync('bash', ['-c', script, process.execPath, srtCommand], { cwd: home, encoding: 'utf8', env: { ...process.env, HOME: home } }).stderr;
    assert.match(shell(`"$0" "$1" printf %s $'a\\xe9'`), /^Error: expected arguments in UTF-8, found a\ufffd: /);
    assert.equal(shell(`"$0" "$1" printf %s $'a\\xef\\xbf\\xbd'`), '');
    assert.match(shell(`mkdir $'caf\\xe9'; cd $'caf\\xe9'; "$0" "$1" true`), /^Error: the sandbox did not start: expected a working directory whose path is UTF-8, found .*caf\ufffd: rename/);
  });

  it('without a place for its own files', async (context) => {
    const home = project(context);
    const { code, stderr } = await srt(['true'], { cwd: home, env: { HOME: home, TMPDIR: '/proc' } });
    assert.equal(code, 1);
    assert.match(stderr, /^Error: expected to make the directory \/proc\/srt-\d+ for the sandbox's own files, but that failed \(E\w+\)\. Set TMPDIR/);
  });

  it('without room for its own files, in a directory that is gone, or where nothing may be done with what is made, and leaves nothing', (context) => {
    const home = project(context);
    const temporary = temporaryDirectory(context);
    const shell = (script: string): string => spawnSync('bash', ['-c', `${script} exec "$0" "$1" true`, process.execPath, srtCommand], { cwd: home, encoding: 'utf8', env: { ...process.env, HOME: home, TMPDIR: temporary } }).stderr;
    assert.match(shell('ulimit -f 0;'), /^Error: expected to make the directory .*\/srt-\d+\/session-\w+ for the sandbox's own files, but that failed \(EFBIG\)\. Set TMPDIR/);
    assert.match(shell('mkdir gone; cd gone; rmdir ../gone;'), /^Error: expected a working directory, but it has been removed\. /);
    assert.doesNotMatch(shell('umask 777;'), /unexpected failure/);
    assert.deepEqual(readdirSync(temporary), []);
    assert.equal(shell(''), '');
  });
});

describe('srt --help and --version', () => {
  it('exit 0', async (context) => {
    const directory = temporaryDirectory(context);
    const { code, stdout } = await srt(['--version'], { cwd: directory });
    assert.equal(code, 0);
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
    assert.match((await srt(['-h'], { cwd: directory })).stdout, /^Usage: srt \[options\]/);
  });
});
