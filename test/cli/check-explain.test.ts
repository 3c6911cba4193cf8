import { strict as assert } from 'node:assert';
import { describe, it, type TestContext } from 'node:test';

import { srt } from '../support/cli';
import { policyOf } from '../support/policies';
import { temporaryDirectory } from '../support/temporary';

const POLICY = JSON.stringify(policyOf({ network: { allowedDomains: ['a.test:443', '*.b.test'], deniedDomains: ['x.b.test'] }, filesystem: { denyRead: ['./secret'], allowWrite: ['.'] } }), null, 2);

function setUp(context: TestContext, policy: string = POLICY): string {
  return temporaryDirectory(context, { 'p.json': policy, 'secret/key': 'x' });
}

describe('srt check', () => {
  it('finds nothing wrong with a good policy', async (context) => {
    const { code, stdout } = await srt(['check', 'p.json'], { cwd: setUp(context) });
    assert.deepEqual([code, stdout], [0, '✓ p.json: no problems\n']);
  });

  it('prints every problem with its place, code and fix, and exits 1 on an error', async (context) => {
    const { code, stdout } = await srt(['check', 'p.json'], { cwd: setUp(context, POLICY.replace('denyRead', 'denyReads').replace('a.test:443', 'exämple.com')) });
    assert.equal(code, 1);
    assert.equal(
      stdout,
      [
        'p.json:4:7  warning  "exämple.com": hosts are compared in their ASCII (punycode) form, which this is not  inert-domain',
        '    fix: Change to "xn--exmple-cua.com"',
        'p.json:12:5  error  unknown key "denyReads"; did you mean "denyRead"?  unknown-key',
        '    fix: Change to "denyRead"',
        '',
        '1 error, 1 other finding in p.json',
        '',
      ].join('\n'),
    );
  });

  it('exits 0 on warnings, and prints JSON with --json', async (context) => {
    const { code, stdout } = await srt(['check', 'p.json', '--json'], { cwd: setUp(context, POLICY.replace('"x.b.test"', '"a.test"')) });
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), [
      { file: 'p.json', line: 4, column: 7, severity: 'warning', code: 'denied-and-allowed', message: 'has no effect: "a.test" in deniedDomains denies it, and denied beats allowed', pointer: '/network/allowedDomains/0', fixes: ['Remove "a.test:443"'] },
    ]);
  });

  it('says which file it could not read', async (context) => {
    const { code, stderr } = await srt(['check', 'nowhere.json'], { cwd: setUp(context) });
    assert.equal(code, 1);
    assert.match(stderr, /^Error: nowhere\.json does not exist\./);
  });
});

describe('srt explain', () => {
  const explain = async (cwd: string, ...args: string[]): Promise<unknown> => {
    const { stdout } = await srt(['explain', '-s', 'p.json', '--json', ...args], { cwd });
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

  it('explains to people, with the place and what lost', async (context) => {
    const { stdout } = await srt(['explain', '-s', 'p.json', 'connect', 'x.b.test'], { cwd: setUp(context) });
    assert.equal(stdout, 'denied  connect x.b.test\n  because  denied by "x.b.test" in deniedDomains\n  rule     p.json:8:7\n  beats    p.json:5:7\n  to allow Remove this rule (network.deniedDomains[0]) (p.json) - widens the policy\n');
  });

  it('answers for what a command line will obviously ask for', async (context) => {
    const cwd = setUp(context);
    const { stdout } = await srt(['explain', '-s', 'p.json', 'command', 'cat ./secret/key > /etc/x && true https://a.test/'], { cwd });
    assert.deepEqual(stdout.split('\n').filter((line) => /[✓✗]/.test(line)).map((line) => line.trim().split(/ +/).slice(0, 4).join(' ')), ['✓ program read cat', '✗ argument read ./secret/key', '✗ redirection write /etc/x', '✓ program read true', '✓ argument connect https://a.test/']);
    const parsed = JSON.parse((await srt(['explain', '-s', 'p.json', 'command', 'nonesuch-program', '--json'], { cwd })).stdout) as { decision: string };
    assert.equal(parsed.decision, 'deny');
  });

  it('knows its operations', async (context) => {
    const { code, stderr } = await srt(['explain', '-s', 'p.json', 'delete', 'x'], { cwd: setUp(context) });
    assert.equal(code, 1);
    assert.match(stderr, /^Error: expected read, write, connect, resolve or command, got "delete"/);
  });
});

describe('srt effective', () => {
  it('prints what is in force with its origin, and the same as JSON', async (context) => {
    const cwd = setUp(context);
    const { stdout, code } = await srt(['effective', '-s', 'p.json'], { cwd });
    assert.equal(code, 0);
    assert.ok(stdout.includes('"./secret"  // p.json:13:7'), stdout);
    assert.ok(stdout.includes('// built-in shell-start; your next shell runs it'), stdout);
    const { keys } = JSON.parse((await srt(['effective', '-s', 'p.json', '--platform', 'windows', '--json'], { cwd })).stdout) as { keys: { pointer: string; hasEffect: boolean; entries?: { origin: { kind: string } }[] }[] };
    assert.deepEqual(keys.find(({ pointer }) => pointer === '/filesystem/denyWrite')?.entries, []);
    assert.equal(keys.find(({ pointer }) => pointer === '/mandatoryDenySearchDepth')?.hasEffect, false);
  });
});
