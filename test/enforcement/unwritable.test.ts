import { strict as assert } from 'node:assert';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import { absolutePath, type Policy } from 'sandbox-core/policy';

import { policyOf } from '../support/policies';
import { openSandbox, whyNotEnforced, type TestSandbox } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

const skip = whyNotEnforced() ?? (process.getuid?.() === 0 ? 'root may make files everywhere' : false);

/** `locked` belongs to the user, who has no right to write there now. */
function openWithLocked(context: TestContext, filesystem: Partial<Policy['filesystem']>, files: Readonly<Record<string, string>>): Promise<TestSandbox> {
  const directory = temporaryDirectory({ after: (undo) => context.after(undo) }, files);
  chmodSync(join(directory, 'locked'), 0o555);
  return openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'], ...filesystem } }), directory });
}

describe('where the user may make nothing, a command starts, and what is protected there', { skip }, () => {
  it('is refused by the kernel in a directory of somebody else', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'] } }), directory: '/usr/share' });
    assert.deepEqual(await sandbox.script('mkdir .vscode 2>/dev/null || echo refused'), { code: 0, stdout: 'refused\n', stderr: '' });
  });

  it('stays refused if the command makes itself able to write there', async (context) => {
    const sandbox = await openWithLocked(context, { denyWrite: ['locked/kept'] }, { 'locked/': '' });
    const { stdout } = await sandbox.script('chmod 755 locked && mkdir locked/other && echo other; mkdir locked/kept || echo refused; mv locked moved && mkdir locked && mkdir locked/kept || echo refused; mkdir -p new/kept; rm -r locked && mv new locked || echo refused');
    assert.equal(stdout, 'other\nrefused\nrefused\nrefused\n');
    assert.ok(!existsSync(join(sandbox.directory, 'locked/kept')));
  });

  it('stays hidden, too', async (context) => {
    const sandbox = await openWithLocked(context, { denyRead: ['locked/secret'] }, { 'locked/': '' });
    const running = await sandbox.session.run({ argv: ['sh', '-c', 'echo; read line; cat locked/secret/file || echo refused'], directory: absolutePath(sandbox.directory), terminal: 'none', streams: ['pipe', 'pipe', 'ignore'] });
    let output = '';
    for await (const chunk of running.stdout!) {
      output += String(chunk);
      if (output !== '\n') break;
      chmodSync(join(sandbox.directory, 'locked'), 0o755);
      mkdirSync(join(sandbox.directory, 'locked/secret'));
      writeFileSync(join(sandbox.directory, 'locked/secret/file'), 'secret');
      running.stdin!.end('\n');
    }
    assert.equal(output, '\nrefused\n');
  });

  it('is held in a home directory whose .config is locked', async (context) => {
    const home = temporaryDirectory({ after: (undo) => context.after(undo) }, { '.config/': '', 'project/': '' });
    chmodSync(join(home, '.config'), 0o555);
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['~'] } }), home, directory: join(home, 'project') });
    const { stdout } = await sandbox.script('chmod 755 ~/.config && mkdir ~/.config/mine && echo mine; mkdir ~/.config/autostart || echo refused', { environment: { HOME: home, PATH: '/usr/bin:/bin' } });
    assert.equal(stdout, 'mine\nrefused\n');
  });
});
