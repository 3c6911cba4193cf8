import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { replaceFile } from 'sandbox-core/internal/host/replace-file';

import { policyOf } from '../support/policies';
import { openSandbox, whyNotEnforced, type TestSandbox } from '../support/sandbox';

const skip = whyNotEnforced() ?? false;

/** A script that waits for its turn before it ends. */
async function startWaiting({ directory, script }: TestSandbox, before: string, after: string): Promise<() => ReturnType<TestSandbox['script']>> {
  const running = script(`${before}; touch ready; until [ -e go ]; do sleep 0.02; done; ${after}`);
  while (!existsSync(join(directory, 'ready'))) await new Promise((resolve) => setTimeout(resolve, 10));
  return () => {
    writeFileSync(join(directory, 'go'), '');
    return running;
  };
}

/** As editors save. */
function replace(path: string): void {
  cpSync(path, `${path}.new`, { recursive: true });
  renameSync(path, `${path}.old`);
  renameSync(`${path}.new`, path);
  rmSync(`${path}.old`, { recursive: true });
}

describe('what the host replaces while a command runs', { skip }, () => {
  it('stays as the policy has it: the kernel takes the mount away with what it was on', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'], denyWrite: ['held.txt', 'vendor', 'deep/er/held'] } }), files: { 'held.txt': 'x', 'vendor/a/b': 'x', 'deep/er/held': 'x', '.npmrc': 'x' } });
    const { directory } = sandbox;
    execFileSync('git', ['init', '-q', directory]);
    const settings = readFileSync(join(directory, '.git/config'), 'utf8');
    const goOn = await startWaiting(sandbox, 'true', `
      for f in held.txt vendor/a/b vendor/new deep/er/held .npmrc .git/config .git/hooks/post-commit; do echo y > $f && echo "wrote $f"; done
      git config core.fsmonitor evil && echo configured; mv vendor v2 && echo moved; rm -r vendor && echo removed; ln -f .npmrc held.txt && echo linked; echo y > other && echo fine`);
    for (const path of ['held.txt', 'vendor', 'deep', '.npmrc', '.git/hooks']) replace(join(directory, path));
    execFileSync('git', ['-C', directory, 'config', 'user.name', 'me']);
    const { stdout } = await goOn();
    assert.equal(stdout, 'fine\n');
    assert.deepEqual(['held.txt', 'vendor/a/b', 'deep/er/held', '.npmrc'].map((path) => readFileSync(join(directory, path), 'utf8')), ['x', 'x', 'x', 'x']);
    assert.equal(readFileSync(join(directory, '.git/config'), 'utf8'), `${settings}[user]\n\tname = me\n`);
    assert.ok(sandbox.violations().includes(`write ${directory}/held.txt /filesystem/denyWrite/0`), sandbox.violations().join('\n'));
  });

  it('stays hidden where a pattern or the directory around it is denied', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'], denyRead: ['**/.env', 'secrets'] } }), files: { '.env': 'hidden', 'secrets/token': 'hidden' } });
    const goOn = await startWaiting(sandbox, 'true', 'cat .env secrets/token; mv .env other; cat other');
    for (const path of ['.env', 'secrets/token']) replace(join(sandbox.directory, path));
    assert.equal((await goOn()).stdout, '');
  });

  it('is in nobody\'s hands while srt itself replaces a policy', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'] } }), files: { 'policy.json': '{}' } });
    const source = `
      import os
      open('ready', 'w').close()
      seen = 0
      while not os.path.exists('go'):
          for name in os.listdir('.'):
              if name.endswith('.json') and name != 'policy.json':
                  seen += 1
                  try: os.write(os.open(name, os.O_WRONLY), b'evil')
                  except FileNotFoundError: pass
                  except PermissionError: pass
                  else: print('opened', name)
      print('seen' if seen > 0 else 'unseen')`;
    const goOn = await startWaiting(sandbox, `python3 -c '${source.replace(/^ {6}/gm, '').replaceAll("'", "'\\''")}' &
      until [ -e ready ]; do sleep 0.02; done`, 'wait');
    for (let times = 0; times < 300; times++) {
      assert.equal(replaceFile(join(sandbox.directory, 'policy.json'), '{ }'), undefined);
      if (times % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5)); // the supervisor asks this very process
    }
    assert.equal((await goOn()).stdout, 'seen\n');
    assert.equal(readFileSync(join(sandbox.directory, 'policy.json'), 'utf8'), '{ }');
  });

  it('does not hold what a command is making because another one starts', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'] } }) });
    execFileSync('git', ['init', '-q', sandbox.directory]);
    const goOn = await startWaiting(sandbox, 'git init -q sub', 'git -C sub config remote.origin.url x && git -C sub config branch.main.remote origin');
    const { stdout } = await sandbox.script('git -C sub config a.b c || echo held');
    const { code, stderr } = await goOn();
    assert.deepEqual([stdout, code, stderr], ['held\n', 0, '']);
  });
});
