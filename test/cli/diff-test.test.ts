import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { srt } from '../support/cli';
import { policyOf } from '../support/policies';
import { temporaryDirectory } from '../support/temporary';

const text = (parts: Parameters<typeof policyOf>[0]): string => JSON.stringify(policyOf(parts), null, 2);

describe('srt diff', () => {
  it('says what is newly allowed and denied, by which rule, and exits 1 if asked to', async (context) => {
    const cwd = temporaryDirectory(context, { 'a.json': text({ filesystem: { denyRead: ['./secret'] } }), 'b.json': text({ filesystem: { allowWrite: ['./dist'] } }) });
    const { stdout, code } = await srt(['diff', 'a.json', 'b.json', '--exit-code'], { cwd });
    assert.equal(code, 1);
    assert.equal(
      stdout,
      [
        'newly allows 2',
        `  + read    ${cwd}/secret and below  was denied by "./secret" in denyRead (a.json:8:7)`,
        `  + write   ${cwd}/dist and below  allowed by "./dist" in allowWrite (b.json:9:7)`,
        '',
      ].join('\n'),
    );
    const same = await srt(['diff', 'a.json', 'a.json', '--exit-code'], { cwd });
    assert.deepEqual([same.code, same.stdout], [0, 'no difference in effect\n']);
    const { newlyAllowed } = JSON.parse((await srt(['diff', 'a.json', 'b.json', '--json'], { cwd })).stdout) as { newlyAllowed: { target: string }[] };
    assert.equal(newlyAllowed.length, 2);
  });

  it('compares with the last commit, and runs nothing that the repository configures', async (context) => {
    const cwd = temporaryDirectory(context, { 'p.json': text({}), '.gitattributes': '* diff=evil filter=evil\n' });
    const git = (...args: string[]): void => void execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@a.test', ...args], { cwd, stdio: 'ignore' });
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'x');
    for (const key of ['diff.evil.textconv', 'diff.external', 'filter.evil.smudge', 'core.fsmonitor', 'core.pager']) git('config', key, `touch ${cwd}/ran; cat`);
    writeFileSync(`${cwd}/p.json`, text({ network: { allowedDomains: ['a.test'] } }));
    const { stdout, stderr } = await srt(['diff', 'p.json'], { cwd });
    assert.match(stdout, /^newly allows 1\n {2}\+ connect a\.test {2}allowed by "a\.test" in allowedDomains \(p\.json:4:7\)\n$/, stderr);
    assert.equal(existsSync(`${cwd}/ran`), false);
    writeFileSync(`${cwd}/new.json`, text({}));
    const missing = await srt(['diff', 'new.json'], { cwd });
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /^Error: expected new\.json in the last commit \(HEAD\), but git says: /);
  });
});

describe('srt test', () => {
  const policy = text({ network: { allowedDomains: ['a.test'] }, filesystem: { denyRead: ['./secret'], allowWrite: ['.'], denyWrite: ['./ci'] } });
  const tests = (...list: object[]): string => JSON.stringify({ policy: './p.json', tests: list }, null, 2);

  it('passes where the policy does what is expected', async (context) => {
    const all = tests({ name: 'builds', expect: 'allow', read: ['/etc/hosts'], write: ['./dist/x'], connect: ['a.test'], command: ['cat ./x > ./out'] }, { expect: 'deny', read: ['secret/key'], write: ['ci/x', '.bashrc', '/etc/x'], connect: ['b.test:80'], command: ['cat ./x > ./ci/out', 'nonesuch-program'] });
    const cwd = temporaryDirectory(context, { 'p.json': policy, 'sub/node_modules/x.srt-test.json': '{', 'p.srt-test.json': all });
    const { stdout, code, stderr } = await srt(['test'], { cwd });
    assert.deepEqual([code, stdout, stderr], [0, 'p.srt-test.json\n  ✓ builds\n  ✓ test 2\n\n11 met, 0 not met\n', '']);
  });

  it('fails with the place of the expectation and of the rule', async (context) => {
    const cwd = temporaryDirectory(context, { 'p.json': policy, 'p.srt-test.json': tests({ name: 'ci stays', expect: 'allow', write: ['./x', './ci/x'] }) });
    const { stdout, code } = await srt(['test', 'p.srt-test.json'], { cwd });
    assert.equal(code, 1);
    assert.equal(stdout, `p.srt-test.json\n  ✗ ci stays\n      p.srt-test.json:9:9  expected to allow write ./ci/x, but it is denied: denied by "./ci" in denyWrite\n        rule  ${cwd}/p.json:16:7\n\n1 met, 1 not met\n`);
    const [file] = JSON.parse((await srt(['test', '--json', 'p.srt-test.json'], { cwd })).stdout) as [{ results: { passed: boolean; pointer: string; position: string }[] }];
    assert.deepEqual(file.results.map(({ passed, pointer, position }) => [passed, pointer, position]), [[true, '/tests/0/write/0', '8:9'], [false, '/tests/0/write/1', '9:9']]);
  });

  it('says what is wrong with a test file or its policy, and runs the others', async (context) => {
    const cwd = temporaryDirectory(context, { 'p.json': policy, 'a.srt-test.json': '{ "tests": [{ "expect": "maybe" }], "x": 1 }', 'b.srt-test.json': JSON.stringify({ policy: 'none.json', tests: [{ expect: 'deny' }] }), 'c.srt-test.json': tests({ expect: 'allow', read: ['/'] }) });
    const { stdout, code } = await srt(['test'], { cwd });
    assert.equal(code, 1);
    assert.match(stdout, /a\.srt-test\.json does not hold policy tests:\n[^]*unknown key "x"[^]*none\.json does not exist[^]*1 met, 0 not met, 2 files could not be run/);
    assert.equal((await srt(['test'], { cwd: temporaryDirectory(context) })).code, 1);
  });

  it('runs the others where a directory cannot be listed, and says so', { skip: process.getuid?.() === 0 && 'root may list every directory' }, async (context) => {
    const cwd = temporaryDirectory(context, { 'p.json': policy, 'p.srt-test.json': tests({ expect: 'allow', read: ['/'] }), 'data/': '' });
    chmodSync(join(cwd, 'data'), 0);
    const { stdout, stderr, code } = await srt(['test'], { cwd });
    assert.deepEqual([code, stdout, stderr], [0, 'p.srt-test.json\n  ✓ test 1\n\n1 met, 0 not met\n', 'srt: tests in data are not run, as it cannot be listed (EACCES)\n']);
  });

  it('shows no control characters of names that somebody else gave, nor does srt check', async (context) => {
    const [failing, missing, broken] = [tests({ name: 'n\u001b[1m', expect: 'deny', read: ['/'] }), JSON.stringify({ policy: './\u001b[2mp.json', tests: [{ expect: 'deny' }] }), '{'];
    const cwd = temporaryDirectory(context, { 'p.json': policy, '\u001b[3ma.srt-test.json': failing, '\u001b[3mb.srt-test.json': missing, '\u001b[3mc.srt-test.json': broken, '\u001b[4mp.srt.json': '{', '\u001b[4mq.srt.json': policy });
    const said = [await srt(['test'], { cwd }), await srt(['check', '\u001b[4mp.srt.json', '\u001b[4mq.srt.json'], { cwd }), await srt(['-s', '\u001b[4mp.srt.json', 'true'], { cwd })].map(({ stdout, stderr }) => stdout + stderr).join('');
    for (const shown of ['\ufffd[3ma.srt-test.json:', '/\ufffd[2mp.json does not exist', '\ufffd[3mc.srt-test.json does not hold', '\ufffd[4mp.srt.json:1:', ' in \ufffd[4mq.srt.json;', 'Error: \ufffd[4mp.srt.json']) assert.ok(said.includes(shown), `${shown} in ${said}`);
    assert.ok(!said.includes('\u001b'), said);
  });
});
