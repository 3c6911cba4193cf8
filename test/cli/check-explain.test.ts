import { strict as assert } from 'node:assert';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import type { Log } from 'sarif';

import { srt, type CliResult } from '../support/cli';
import { policyOf } from '../support/policies';
import { temporaryDirectory } from '../support/temporary';

const POLICY = JSON.stringify(policyOf({ network: { allowedDomains: ['a.test:443', '*.b.test'], deniedDomains: ['x.b.test'] }, filesystem: { denyRead: ['./secret'], allowWrite: ['.'] } }), null, 2);

function setUp(context: TestContext, policy: string = POLICY): string {
  return temporaryDirectory(context, { 'p.srt.json': policy, 'secret/key': 'x' });
}

/** With a home directory that has nothing in it, so that the real one changes nothing. */
function check(cwd: string, ...args: string[]): Promise<CliResult> {
  return srt(['check', ...args], { cwd, env: { HOME: '/nonexistent/home' } });
}

describe('srt check', () => {
  it('finds nothing wrong with a good policy', async (context) => {
    const { code, stdout } = await check(setUp(context), 'p.srt.json');
    assert.deepEqual([code, stdout], [0, '✓ p.srt.json: no problems\n']);
  });

  it('says what keeps a file that the policy extends from being used, at its entry', async (context) => {
    const cwd = temporaryDirectory(context, { 'p.srt.json': '{ "extends": ["./base.json"] }', 'base.json': '{ "network": 1 }' });
    const { code, stdout } = await check(cwd, 'p.srt.json');
    assert.equal(code, 1);
    assert.match(stdout, /p\.srt\.json:1:15 +error +\S+base\.json does not hold a valid policy +broken-extends/);
  });

  it('leaves what a preset gives a meaning alone, and says what does not go together with it', async (context) => {
    const policy = (host: string): string => JSON.stringify({ extends: ['strict', 'github'], network: { tlsTerminate: {} }, filesystem: { allowRead: ['~/.ssh/known_hosts'] }, credentials: { envVars: [{ name: 'TOKEN', mode: 'mask', injectHosts: [host] }] } });
    const cwd = temporaryDirectory(context, { 'good.srt.json': policy('api.github.com'), 'bad.srt.json': policy('a.test') });
    assert.deepEqual(await check(cwd, '--fix', '--severity', 'missing-path=off', 'good.srt.json'), { code: 0, signal: null, stdout: '✓ good.srt.json: no problems\n', stderr: '' });
    const { code, stdout } = await check(cwd, 'bad.srt.json');
    assert.equal(code, 1);
    assert.match(stdout, /error +together with the other policies: "a\.test" is not covered by allowedDomains +broken-extends/);
  });

  it('prints every problem with its place, code and fix, and exits 1 on an error', async (context) => {
    const { code, stdout } = await check(setUp(context, POLICY.replace('denyRead', 'denyReads').replace('a.test:443', 'exämple.com')), 'p.srt.json');
    assert.equal(code, 1);
    assert.equal(
      stdout,
      [
        'p.srt.json:4:7  warning  "exämple.com": hosts are compared in their ASCII (punycode) form, which this is not  inert-domain',
        '    4 |       "exämple.com",',
        '      |       ^^^^^^^^^^^^^',
        '    fix: Change to "xn--exmple-cua.com"',
        'p.srt.json:12:5  error  unknown key "denyReads"; did you mean "denyRead"?  unknown-key',
        '   12 |     "denyReads": [',
        '      |     ^^^^^^^^^^^',
        '    fix: Change to "denyRead" (--fix does it)',
        '',
        '1 error, 1 other finding in p.srt.json; srt check --explain CODE says more',
        '',
      ].join('\n'),
    );
  });

  it('exits 0 on warnings, and prints JSON with --json', async (context) => {
    const { code, stdout } = await check(setUp(context, POLICY.replace('"x.b.test"', '"a.test"')), 'p.srt.json', '--json');
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), [
      { file: 'p.srt.json', line: 4, column: 7, severity: 'warning', code: 'denied-and-allowed', message: 'has no effect: "a.test" in deniedDomains denies it, and denied beats allowed', pointer: '/network/allowedDomains/0', fixes: ['Remove "a.test:443"'] },
    ]);
  });

  it('says which file it could not read', async (context) => {
    const { code, stderr } = await check(setUp(context), 'nowhere.json');
    assert.equal(code, 1);
    assert.match(stderr, /^Error: nowhere\.json does not exist\./);
  });
});

describe('srt check, for programs', () => {
  const BAD = POLICY.replace('denyRead', 'denyReads');

  it('prints annotations for GitHub, with what could end one escaped', async (context) => {
    const { code, stdout } = await check(temporaryDirectory(context, { 'a,b.srt.json': BAD }), 'a,b.srt.json', '--format', 'github');
    assert.equal(code, 1);
    assert.equal(stdout, '::error file=a%2Cb.srt.json,line=12,endLine=12,col=5,endColumn=16,title=unknown-key::unknown key "denyReads"; did you mean "denyRead"?\n');
  });

  it('prints SARIF with the documentation of each rule', async (context) => {
    const { stdout } = await check(setUp(context, BAD), 'p.srt.json', '--format', 'sarif');
    const log = JSON.parse(stdout) as Log;
    assert.deepEqual([log.version, log.runs.length], ['2.1.0', 1]);
    const { tool, results } = log.runs[0]!;
    assert.deepEqual(results?.map(({ ruleId, ruleIndex, level, locations }) => [ruleId, ruleIndex, level, locations?.[0]?.physicalLocation?.artifactLocation?.uri, locations?.[0]?.physicalLocation?.region]), [
      ['unknown-key', 0, 'error', 'p.srt.json', { startLine: 12, startColumn: 5, endLine: 12, endColumn: 16 }],
    ]);
    const rule = tool.driver.rules?.[0];
    assert.deepEqual([rule?.id, rule?.shortDescription?.text, rule?.defaultConfiguration?.level], ['unknown-key', 'A key that the format does not know.', 'error']);
    assert.match(rule?.help?.markdown ?? '', /^# unknown-key/);
  });

  it('names files in SARIF by references that lead to them, whatever characters they have', async (context) => {
    const names = ['a#b.json', 'a?b.json', '100%.json', '%41.json', 'a b.json', 'ä日.json', 'c:d.json', 'a\\b.json', '[x]|"<>^`{}.json', 'sub/#/p.json', './q.json'];
    const cwd = temporaryDirectory(context, Object.fromEntries(names.map((name) => [name, '{}'])));
    const absolute = join(cwd, 'a#b.json');
    const { stdout } = await check(cwd, '--format', 'sarif', ...names, absolute, 'not there?.json');
    const { results = [], invocations } = (JSON.parse(stdout) as Log).runs[0]!;
    const uris = [...new Set([...results, ...invocations![0]!.toolExecutionNotifications!].map(({ locations }) => locations![0]!.physicalLocation!.artifactLocation!.uri!))];
    const base = pathToFileURL(`${cwd}/`).href;
    assert.deepEqual(uris.map((uri) => fileURLToPath(new URL(uri, base))), [...names, 'a#b.json', 'not there?.json'].map((name) => join(cwd, name)));
    for (const uri of uris) assert.match(uri, /^(file:\/\/)?(%[0-9A-F]{2}|[A-Za-z0-9._~!$&'()*+,;=@/-])+$/);
    assert.deepEqual([uris[0], uris[9]], ['a%23b.json', 'sub/%23/p.json']);
  });

  it('checks several files, also other programs\' settings', async (context) => {
    const cwd = temporaryDirectory(context, { 'p.srt.json': POLICY, 'secret/key': 'x', '.claude/settings.json': '{ "sandbox": { "network": { "allowedDomains": ["*.github.io"] } } }' });
    const { stdout } = await check(cwd, 'p.srt.json', '.claude/settings.json', '--json');
    assert.deepEqual((JSON.parse(stdout) as { file: string; code: string }[]).map(({ file, code }) => `${file} ${code}`), ['.claude/settings.json public-suffix-wildcard']);
  });

  it('reports a file that cannot be read beside the findings of the others, and exits 1', async (context) => {
    const cwd = setUp(context, POLICY.replace('"x.b.test"', '"a.test"'));
    const lost = async (format: string): Promise<string> => {
      const { code, stdout, stderr } = await check(cwd, 'nowhere.json', 'p.srt.json', '--format', format);
      assert.deepEqual([code, stderr], [1, 'Error: nowhere.json does not exist.\n'], format);
      return stdout;
    };
    const { invocations, results } = (JSON.parse(await lost('sarif')) as Log).runs[0]!;
    assert.deepEqual(invocations, [{ executionSuccessful: false, toolExecutionNotifications: [{ level: 'error', message: { text: 'nowhere.json does not exist.' }, locations: [{ physicalLocation: { artifactLocation: { uri: 'nowhere.json' } } }] }] }]);
    assert.deepEqual(results?.map(({ ruleId }) => ruleId), ['denied-and-allowed']);
    const [failure, problem] = JSON.parse(await lost('json')) as unknown[];
    assert.deepEqual(failure, { file: 'nowhere.json', line: null, column: null, severity: 'error', code: null, message: 'does not exist.', pointer: null, fixes: [] });
    assert.equal((problem as { code: string }).code, 'denied-and-allowed');
    assert.match(await lost('github'), /^::error file=nowhere\.json::nowhere\.json does not exist\.\n::warning file=p\.srt\.json,/);
    assert.match(await lost('text'), /denied-and-allowed[^]*1 other finding in p\.srt\.json/);
    assert.doesNotMatch(await lost('text'), /nowhere/);
  });

  it('says which file it could not mend, and mends the others', { skip: process.getuid?.() === 0 && 'root may write every file' }, async (context) => {
    const cwd = temporaryDirectory(context, { 'p.srt.json': BAD, 'q.srt.json': BAD, 'secret/key': 'x' });
    chmodSync(join(cwd, 'p.srt.json'), 0o444);
    const { code, stdout, stderr } = await check(cwd, 'p.srt.json', 'q.srt.json', '--fix');
    assert.deepEqual([code, stderr], [1, 'q.srt.json: 1 problem fixed\nError: p.srt.json could not be written (EACCES).\n']);
    assert.match(stdout, /p\.srt\.json:12:5 +error +unknown key/);
  });

  it('takes the platform, portability and severities from options', async (context) => {
    const cwd = setUp(context, JSON.stringify(policyOf({ network: { allowedDomains: ['localhost:5432'] }, filesystem: { denyRead: ['./secret'], allowWrite: ['.'], denyWrite: ['./*.key'] } })));
    const codes = async (...options: string[]): Promise<string> => (JSON.parse((await check(cwd, 'p.srt.json', '--json', ...options)).stdout) as { severity: string; code: string }[]).map(({ severity, code }) => `${severity} ${code}`).join();
    assert.equal(await codes('--platform', 'linux'), 'warning ignored-glob');
    assert.equal(await codes('--platform', 'macos'), '');
    assert.equal(await codes('--platform', 'macos', '--portable'), 'information portable-difference');
    assert.equal(await codes('--platform', 'linux', '--severity', 'ignored-glob=error'), 'error ignored-glob');
    assert.equal((await check(cwd, 'p.srt.json', '--platform', 'linux', '--severity', 'ignored-glob=error')).code, 1);
    const { code, stderr } = await check(cwd, 'p.srt.json', '--severity', 'no-such=error', '--severity', 'ignored-glob=loud');
    assert.equal(code, 1);
    assert.match(stderr, /there is no such problem code[^]*expected error, warning/);
  });

  it('mends what is safe to mend with --fix, and nothing else', async (context) => {
    const cwd = setUp(context, POLICY.replace('denyRead', 'denyReads').replace('"*.b.test"', '"*.b.test", "*.b.test", " c.test"'));
    const { code, stdout, stderr } = await check(cwd, 'p.srt.json', '--fix');
    assert.deepEqual([code, stderr], [0, 'p.srt.json: 2 problems fixed\n']);
    assert.match(stdout, /" c\.test": no host is ever spelled like this[^]*fix: Change to "c\.test"\n/);
    assert.equal(readFileSync(join(cwd, 'p.srt.json'), 'utf8'), POLICY.replace('"*.b.test"', '"*.b.test", " c.test"'));
  });

  it('prints the page about a problem', async (context) => {
    const { code, stdout } = await check(setUp(context), '--explain', 'ignored-glob');
    assert.equal(code, 0);
    assert.match(stdout, /^# ignored-glob\n[^]*## How to fix/);
    assert.match((await check(setUp(context), '--explain', '../../package')).stderr, /there is no problem with the code/);
  });
});

describe('srt explain', () => {
  const explain = async (cwd: string, ...args: string[]): Promise<unknown> => {
    const { stdout } = await srt(['explain', '-s', 'p.srt.json', '--json', ...args], { cwd });
    const { decision, rule } = JSON.parse(stdout) as { decision: string; rule: string };
    return `${decision} ${rule}`;
  };

  it('names the decision and the rule', async (context) => {
    const cwd = setUp(context);
    assert.deepEqual(await Promise.all([explain(cwd, 'read', 'secret/key'), explain(cwd, 'read', '/etc/passwd'), explain(cwd, 'write', 'new'), explain(cwd, 'write', '/etc/x'), explain(cwd, 'write', '.bashrc')]), [
      'deny /filesystem/denyRead/0',
      'allow /filesystem/denyRead',
      'allow /filesystem/allowWrite/0',
      'deny /filesystem/allowWrite',
      'deny shell-start',
    ]);
    assert.deepEqual(await Promise.all([explain(cwd, 'connect', 'a.test'), explain(cwd, 'connect', 'a.test:80'), explain(cwd, 'connect', 'x.b.test'), explain(cwd, 'connect', '[::1]:443')]), [
      'allow /network/allowedDomains/0',
      'deny /network/allowedDomains',
      'deny /network/deniedDomains/0',
      'deny /network/allowedDomains',
    ]);
  });

  it('asks about no port that there is not', async (context) => {
    const { code, stdout, stderr } = await srt(['explain', '-s', 'p.srt.json', 'connect', 'a.test:99999'], { cwd: setUp(context) });
    assert.deepEqual([code, stdout, stderr], [1, '', 'Error: expected a port from 1 to 65535, got 99999\n']);
  });

  it('shows nothing of what it is asked about that a terminal would act on', async (context) => {
    const { stdout } = await srt(['explain', '-s', 'p.srt.json', 'read', 'a\u001b[31mb\n'], { cwd: setUp(context) });
    assert.match(stdout, /^allowed {2}read a\ufffd\[31mb\ufffd\n/);
  });

  it('explains to people, with the place and what lost', async (context) => {
    const { stdout } = await srt(['explain', '-s', 'p.srt.json', 'connect', 'x.b.test'], { cwd: setUp(context) });
    assert.equal(stdout, 'denied  connect x.b.test\n  because  denied by "x.b.test" in deniedDomains\n  rule     p.srt.json:8:7\n  beats    p.srt.json:5:7\n  to allow Remove this rule (network.deniedDomains[0]) (p.srt.json) - widens the policy\n');
  });

  it('says what a run says: a file that is allowed, and not there, cannot be made where its directory may not be written', { skip: process.platform !== 'linux' }, async (context) => {
    const cwd = setUp(context, JSON.stringify(policyOf({ filesystem: { allowWrite: ['./made'] } })));
    const explained = await srt(['explain', '-s', 'p.srt.json', 'write', './made'], { cwd });
    assert.match(explained.stdout, /^denied [^]*because +allowed by "\.\/made" in allowWrite, but it is not there, and its directory may not be written[^]*to allow +Allow writing \S+ \(p\.srt\.json\)/);
    const { stderr } = await srt(['-s', 'p.srt.json', '-c', 'echo x > made'], { cwd });
    assert.match(stderr, /allowed by "\.\/made" in allowWrite, but not its directory[^]*write +\S+\/made \(bash\)\n +fix: Add "\S+" to filesystem\.allowWrite/);
  });

  it('answers for what a command line will obviously ask for', async (context) => {
    const cwd = setUp(context);
    const { stdout } = await srt(['explain', '-s', 'p.srt.json', 'command', 'cat ./secret/key > /etc/x && true https://a.test/'], { cwd });
    assert.deepEqual(stdout.split('\n').filter((line) => /[✓✗]/.test(line)).map((line) => line.trim().split(/ +/).slice(0, 4).join(' ')), ['✓ program read cat', '✗ argument read ./secret/key', '✗ redirection write /etc/x', '✓ program read true', '✓ argument connect https://a.test/']);
    const parsed = JSON.parse((await srt(['explain', '-s', 'p.srt.json', 'command', 'nonesuch-program', '--json'], { cwd })).stdout) as { decision: string };
    assert.equal(parsed.decision, 'deny');
  });

  it('knows its operations', async (context) => {
    const { code, stderr } = await srt(['explain', '-s', 'p.srt.json', 'delete', 'x'], { cwd: setUp(context) });
    assert.equal(code, 1);
    assert.match(stderr, /^Error: expected read, write, connect, resolve or command, got "delete"/);
  });
});

describe('srt effective', () => {
  it('prints what is in force with its origin, and the same as JSON', async (context) => {
    const cwd = setUp(context);
    const { stdout, code } = await srt(['effective', '-s', 'p.srt.json'], { cwd });
    assert.equal(code, 0);
    assert.ok(stdout.includes('"./secret"  // p.srt.json:13:7'), stdout);
    assert.ok(stdout.includes('// built-in shell-start; your next shell runs it'), stdout);
    const { keys } = JSON.parse((await srt(['effective', '-s', 'p.srt.json', '--platform', 'windows', '--json'], { cwd })).stdout) as { keys: { pointer: string; hasEffect: boolean; entries?: { origin: { kind: string } }[] }[] };
    assert.deepEqual(keys.find(({ pointer }) => pointer === '/filesystem/denyWrite')?.entries, []);
    assert.equal(keys.find(({ pointer }) => pointer === '/mandatoryDenySearchDepth')?.hasEffect, false);
  });
});
