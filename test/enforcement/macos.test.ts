import { strict as assert } from 'node:assert';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:http';
import { describe, it } from 'node:test';

import { policyOf } from '../support/policies';
import { listen } from '../support/raw-socket';
import { openSandbox } from '../support/sandbox';

const skip = process.platform === 'darwin' ? false : `Seatbelt is tested on a Mac, this is ${process.platform}`;

describe('on macOS', { skip }, () => {
  it('a command writes where it may, and nowhere else', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { allowWrite: ['.'], denyWrite: ['held'] } }), files: { 'held/a': '1' } });
    const { stdout } = await sandbox.script('echo 1 > a && echo wrote; echo 1 > held/a || echo held; mv held moved || echo pinned; echo 1 > ~/srt-test-outside || echo outside');
    assert.equal(stdout, 'wrote\nheld\npinned\noutside\n');
  });

  it('a command reads what is not hidden, also under another name of it', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { denyRead: ['secrets', '**/*.key'], allowRead: ['secrets/shown'], allowWrite: ['.'] } }), files: { 'secrets/a': '1', 'secrets/shown': '2', 'x/y.key': '3', 'open': '4' } });
    const { stdout } = await sandbox.script('cat open secrets/shown; cat secrets/a || echo hidden; cat x/y.key || echo matched; ln -s secrets/a l; cat l || echo linked; mv secrets s || echo pinned');
    assert.equal(stdout.replace(/\s+/g, ' ').trim(), '42 hidden matched linked pinned');
  });

  it('a command reaches allowed hosts through the proxy, and none without it', async (context) => {
    const port = await listen(createServer((_request, response) => response.end('hello')), context);
    const sandbox = await openSandbox(context, { policy: policyOf({ network: { allowedDomains: ['127.0.0.1'] } }) });
    const { stdout } = await sandbox.script(`curl -s http://127.0.0.1:${port}/; echo; curl -s --noproxy '*' http://127.0.0.1:${port}/ || echo refused; curl -s -o /dev/null -w '%{http_code}' http://elsewhere.test/`);
    assert.equal(stdout, 'hello\nrefused\n403');
  });

  it('a refusal is reported with its rule', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem: { denyRead: ['secret'] } }), files: { secret: '1' } });
    const reported = new Promise<void>((resolve) => sandbox.session.violations.onViolation(() => resolve()));
    await sandbox.script('cat secret');
    await reported;
    assert.deepEqual(sandbox.violations(), [`read ${join(sandbox.directory, 'secret')} /filesystem/denyRead/0`]);
  });

  it('what the keys for macOS open is closed without them', async (context) => {
    const script = `script -q /dev/null true < /dev/null && echo terminal; osascript -e 'tell application "Finder" to get name' && echo scripted; security find-generic-password -s none 2>&1 | grep -q 'could not be found' && echo keychain; true`;
    const closed = await openSandbox(context, { policy: policyOf({ filesystem: { denyRead: [join(homedir(), 'Library', 'Keychains')] } }) });
    assert.doesNotMatch((await closed.script(script)).stdout, /terminal|scripted/);
    const open = await openSandbox(context, { policy: policyOf({ allowPty: true }) });
    assert.match((await open.script(script)).stdout, /terminal/);
  });
});
