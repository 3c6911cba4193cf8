import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { PolicyRefusedError } from 'sandbox-core';
import { absolutePath } from 'sandbox-core/policy';

import { policyOf } from '../support/policies';
import { openSandbox, whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

const skip = whyNotEnforced() ?? false;

/** fexecve(3), as far as the kernel sees it. */
const EXECVEAT = `open(F, '<', '/usr/bin/touch'); my $empty = ''; my $words = pack('ppQ', 'touch', 'made', 0);
syscall(${process.arch === 'x64' ? 322 : 281}, fileno(F), $empty, $words, 0, 0x1000); print "$!\n";`;

describe('command rules for what is started inside', { skip }, () => {
  it('refuse a program by its path and arguments, whoever starts it, and report it on the rule', async (context) => {
    const files = { 'script.sh': 'git -C . push origin\ngit --version\n', Makefile: 'all:\n\t@env -i /usr/bin/git push || true\n' };
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'] }, commands: { deny: [{ command: 'git push', guidance: 'Open a pull request.' }] } }), files });
    const { stdout, stderr } = await sandbox.run(['bash', 'script.sh']);
    assert.match(stdout, /^git version/);
    assert.match(stderr, /git: Permission denied/);
    await sandbox.run(['make']);
    assert.deepEqual([...new Set(sandbox.violations())], ['exec /usr/bin/git -C . push origin /commands/deny/0', 'exec /bin/sh -c "env -i /usr/bin/git push || true" /commands/deny/0']);
    const [violation] = sandbox.session.violations.violations;
    assert.deepEqual([violation?.kind, violation?.reason.endsWith('in commands.deny: Open a pull request.')], ['command', true]);
  });

  it('let only listed programs be started, and ask nobody in the middle of a command', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'] }, commands: { allow: ['bash', 'touch one', 'perl'], ask: ['touch two'] } }), files: { 'script.sh': 'touch one\ntouch two\ntouch three\necho done\n', 'exec.pl': EXECVEAT } });
    const { stdout, stderr } = await sandbox.run(['bash', 'script.sh']);
    assert.equal(stdout, 'done\n');
    assert.equal(stderr.match(/touch: Permission denied/g)?.length, 2);
    assert.equal((await sandbox.run(['perl', 'exec.pl'])).stdout, 'Permission denied\n');
    assert.deepEqual(sandbox.violations(), ['exec /usr/bin/touch two /commands/ask/0', 'exec /usr/bin/touch three /commands/allow', 'exec /usr/bin/touch made /commands/allow']);
  });

  it('judge a shell line that a program starts by what it would run', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ commands: { deny: ['git push'] } }), files: { 'run.pl': `print system('sh', '-c', 'echo git push'), "\\n"; print system('sh', '-c', 'true; git push') == -1 ? "refused: $!\\n" : 'ran';` } });
    assert.equal((await sandbox.run(['perl', 'run.pl'])).stdout, 'git push\n0\nrefused: Permission denied\n');
  });

  it('refuse a command before it is begun, and report that too, whoever asks for it', async (context) => {
    const audit = { file: join(temporaryDirectory(context), 'audit.log') };
    const sandbox = await openSandbox(context, { policy: policyOf({ commands: { deny: ['git push'] } }), audit });
    await assert.rejects(sandbox.script('true; git push', { task: 'by hand' }), (error) => error instanceof PolicyRefusedError && error.isOfCommand);
    const { argv } = await sandbox.session.wrap({ argv: ['git', 'push'], directory: absolutePath(sandbox.directory), task: 'a terminal' });
    const joining = spawn(argv[0]!, argv.slice(1), { cwd: sandbox.directory, stdio: 'ignore' });
    await once(joining, 'exit');
    assert.equal(joining.exitCode, 126);
    assert.deepEqual(sandbox.session.violations.violations.map(({ source, target, task, rule }) => ({ source, target, task, rule })), [
      { source: 'launch', target: 'bash -c "true; git push"', task: 'by hand', rule: { kind: 'policy', pointer: '/commands/deny/0' } },
      { source: 'launch', target: 'git push', task: 'a terminal', rule: { kind: 'policy', pointer: '/commands/deny/0' } },
    ]);
    await sandbox.session.stop();
    assert.equal(readFileSync(audit.file, 'utf8').match(/"source":"launch"/g)?.length, 2);
  });

  it('refuse words that are too long to judge', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ commands: { deny: ['git push'] } }), files: { 'long.sh': '/bin/true $(seq 9000) || echo refused\n/bin/true $(seq 1000) && echo ran\n' } });
    assert.equal((await sandbox.run(['bash', 'long.sh'])).stdout, 'refused\nran\n');
  });
});
