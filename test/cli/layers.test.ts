import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { srt, srtCommand } from '../support/cli';
import { policyOf } from '../support/policies';
import { temporaryDirectory } from '../support/temporary';

describe('srt with extends', () => {
  it('runs under what the files say together, names the file of a refusal, and protects those files', async (context) => {
    const records = join(temporaryDirectory(context), 'v.jsonl');
    const cwd = temporaryDirectory(context, {
      'p.json': JSON.stringify({ extends: ['./base.json'], filesystem: { denyWrite: ['./locked'] } }, null, 2),
      'base.json': JSON.stringify(policyOf({ filesystem: { allowWrite: ['.'], denyWrite: ['./own'] } }), null, 2),
      'locked/x': '',
      'own/x': '',
    });
    const { code, stderr } = await srt(['-s', 'p.json', '--violations-file', records, '-c', 'echo new > made; echo no > locked/x; echo no > own/x; echo no > base.json; echo no > p.json; true'], { cwd });
    assert.equal(code, 0, stderr);
    assert.equal(existsSync(`${cwd}/made`), true);
    assert.match(stderr, / p\.json:7:7 +denied by "\.\/locked" in denyWrite/);
    assert.ok(stderr.includes(`${cwd}/base.json:12:7  denied by "./own" in denyWrite`), stderr);
    assert.match(readFileSync(`${cwd}/base.json`, 'utf8'), /allowWrite/);
    assert.match(readFileSync(`${cwd}/p.json`, 'utf8'), /extends/);
    const violations = readFileSync(records, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { version: number; target: string; rule: object });
    assert.deepEqual(
      violations.filter(({ target }) => /locked|own/.test(target)).map(({ version, rule }) => [version, rule]),
      [
        [3, { kind: 'policy', pointer: '/filesystem/denyWrite/0' }],
        [3, { kind: 'policy', pointer: '/filesystem/denyWrite/0', file: `${cwd}/base.json` }],
      ],
    );
  });

  it('waits for no pipe and reads no device in place of the workspace\'s policy, in a hook for none at all', async (context) => {
    const home = temporaryDirectory(context, { '.srt-settings.json': JSON.stringify(policyOf()), 'pipe/': '', 'device/': '' });
    execFileSync('mkfifo', [`${home}/pipe/.srt-settings.json`]);
    symlinkSync('/dev/zero', `${home}/device/.srt-settings.json`);
    const input = JSON.stringify({ tool_name: 'Bash', tool_input: { command: 'ls' } });
    for (const cwd of [`${home}/pipe`, `${home}/device`]) {
      const run = await srt(['--layers', 'true'], { cwd, env: { HOME: home } });
      assert.deepEqual([run.code, run.stderr.includes('.srt-settings.json is not a regular file')], [1, true]);
      for (const options of [['--layers'], ['-s', '.srt-settings.json']]) assert.match((await srt(['hook', ...options], { cwd, env: { HOME: home }, input })).stdout, /"permissionDecision":"deny".*is not a regular file/);
    }
    assert.match((await srt(['effective', '-s', '/dev/zero'], { cwd: home })).stderr, /policy-too-large/);
    assert.equal(execFileSync('bash', ['-c', '"$@" -s <(cat .srt-settings.json) read x', 'bash', process.execPath, srtCommand, 'explain'], { cwd: home, encoding: 'utf8' }).startsWith('allowed'), true);
  });

  it('refuses a policy it cannot put together: a link out, a pipe, an unknown preset', async (context) => {
    const cwd = temporaryDirectory(context, { 'a/p.json': JSON.stringify({ extends: ['./link.json', './pipe.json'] }), 'b.json': JSON.stringify(policyOf()), 'a/q.json': JSON.stringify({ extends: ['nod'] }) });
    symlinkSync('../b.json', `${cwd}/a/link.json`);
    execFileSync('mkfifo', [`${cwd}/a/pipe.json`]);
    const { code, stderr } = await srt(['-s', 'p.json', 'true'], { cwd: `${cwd}/a` });
    assert.equal(code, 1);
    assert.match(stderr, /^Error: p\.json cannot be put together:\n {2}p\.json: extends\[1\]: "\.\/pipe\.json" is not a regular file\n {2}p\.json: extends\[0\]: "\.\/link\.json" lies outside of /);
    assert.match((await srt(['-s', 'q.json', 'true'], { cwd: `${cwd}/a` })).stderr, /q\.json does not hold a valid policy:\n {2}1:13 unknown-preset: "nod" is not a preset/);
  });
});

describe('srt --layers', () => {
  const setUp = (context: Parameters<typeof temporaryDirectory>[0]): { cwd: string; env: Record<string, string> } => {
    const root = temporaryDirectory(context, {
      'home/.srt-settings.json': JSON.stringify(policyOf({ filesystem: { denyWrite: ['./ci'] } })),
      'project/.srt-settings.json': JSON.stringify(policyOf({ filesystem: { allowWrite: ['.', './ci'], denyRead: ['./secret'] } })),
      'project/secret/key': 'x',
      'project/ci/': '',
    });
    return { cwd: `${root}/project`, env: { HOME: `${root}/home` } };
  };
  const explain = async (at: { cwd: string; env: Record<string, string> }, ...args: string[]): Promise<string> => {
    const { stdout, stderr } = await srt(['explain', ...args, '--json'], at);
    return `${(JSON.parse(stdout || '{}') as { decision?: string }).decision}${stderr}`;
  };

  it('is off unless asked for, as sandbox-runtime has it', async (context) => {
    const at = setUp(context);
    assert.equal(await explain(at, 'read', 'secret/key'), 'allow');
  });

  it('lets the workspace narrow, and with --trust-workspace widen, but not past a deny of the user', async (context) => {
    const at = setUp(context);
    assert.match(await explain(at, '--layers', 'read', 'secret/key'), /^deny/);
    assert.match(await explain(at, '--layers', 'write', 'new'), /^denysrt: not in force: filesystem\.allowWrite\[0\] needs a trusted workspace/);
    assert.equal(await explain(at, '--layers', '--trust-workspace', 'write', 'new'), 'allow');
    assert.equal(await explain(at, '--layers', '--trust-workspace', 'write', 'ci/new'), 'deny');
  });
});
