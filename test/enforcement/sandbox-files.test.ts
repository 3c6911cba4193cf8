import { strict as assert } from 'node:assert';
import { existsSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { AccessDeniedError } from 'sandbox-core';

import { filesystem, open } from '../support/created-sandbox';
import { whyNotEnforced } from '../support/sandbox';

const skip = whyNotEnforced() ?? false;

describe('files', { skip }, () => {
  it('are not read without end, and are listed to the end', async (context) => {
    const { sandbox, directory } = await open(context, {}, { 'many/': '' });
    await assert.rejects(sandbox.files.read('/dev/zero', { maxBytes: 1000 }), { code: 'file-failed', message: /at most 1000 bytes/ });
    // More than 16 MiB of names.
    for (let at = 0; at < 68_000; at++) writeFileSync(join(directory, 'many', `${at}`.padStart(250, 'x')), '');
    await assert.rejects(sandbox.files.list('many'), { code: 'file-failed', message: /at most 16 MiB/ });
  });

  it('are read, written, listed and removed as the policy has it', async (context) => {
    const { sandbox, directory } = await open(context, { ...filesystem({ denyRead: ['./secret'] }), commands: { allow: ['npm'] } }, { secret: 'x', "it's $(odd)\n": 'named', 'sub/.dot': '', 'sub/below/': '' });
    symlinkSync('below', join(directory, 'sub', 'link'));
    const { files } = sandbox;
    await files.write('new', 'one ');
    await files.write('new', Buffer.from('two'), { append: true });
    assert.equal(String(await files.read(join(directory, 'new'))), 'one two');
    assert.equal(String(await files.read("it's $(odd)\n")), 'named');
    assert.deepEqual(await files.list('sub'), [{ name: '.dot', kind: 'file' }, { name: 'below', kind: 'directory' }, { name: 'link', kind: 'link' }]);
    await files.remove('new');
    await files.remove('sub/link');
    await files.remove('sub/below');
    assert.deepEqual(['new', 'sub/link', 'sub/below'].filter((path) => existsSync(join(directory, path))), []);
  });

  it('are no pipes, whose other end a command may never open', async (context) => {
    const { sandbox, directory } = await open(context);
    await sandbox.execute({ shell: 'mkfifo pipe' });
    await assert.rejects(sandbox.files.read('pipe'), { code: 'file-failed', message: /cannot read pipe: It is a pipe$/ });
    await assert.rejects(sandbox.files.write('pipe', 'x'), { code: 'file-failed', message: /It is a pipe/ });
    // Exchanged after the look at it.
    writeFileSync(join(directory, 'file'), 'x');
    const exchanging = await sandbox.start({ shell: 'while :; do ln file link; mv link name; mkfifo link; mv link name; done' });
    const read = await Promise.all(Array.from({ length: 30 }, () => sandbox.files.read('name').then(String, (error: unknown) => String(error))));
    exchanging.kill();
    await exchanging.result; // it goes on making files until it has ended
    assert.deepEqual(read.filter((text) => text !== 'x' && !/It is a pipe|took more than|No such file/.test(text)), []);
  });

  it('are refused with the rule, and fail with what the system said', async (context) => {
    const { sandbox, directory } = await open(context, filesystem({ denyRead: ['./secret', './hidden'] }), { secret: 'x', 'hidden/file': 'x', large: '12345' });
    const rule = { kind: 'policy', pointer: '/filesystem/denyRead/0' };
    await assert.rejects(sandbox.files.read('secret'), (error) => error instanceof AccessDeniedError && assert.deepEqual(error.decision.rule, rule) === undefined);
    await assert.rejects(sandbox.files.list('hidden'), { code: 'access-denied' });
    await assert.rejects(sandbox.files.write('/etc/hosts', ''), { code: 'access-denied' });
    await assert.rejects(sandbox.files.write('.git/hooks/pre-commit', ''), { code: 'access-denied' });
    await assert.rejects(sandbox.files.read('missing'), { code: 'file-failed', message: /No such file/ });
    await assert.rejects(sandbox.files.read('large', { maxBytes: 4 }), { code: 'file-failed', message: /at most 4 bytes/ });
    assert.equal(existsSync(join(directory, '.git', 'hooks')), false);
  });

  it('never leave the policy, however fast links are exchanged', async (context) => {
    const { sandbox, directory } = await open(context, filesystem({ denyRead: ['./secret'] }), { secret: 'the secret', 'open/file': 'open' });
    const swap = join(directory, 'swap');
    let isOpen = true;
    const exchange = (): void => {
      isOpen = !isOpen;
      symlinkSync(isOpen ? 'open/file' : 'secret', `${swap}.new`);
      renameSync(`${swap}.new`, swap);
    };
    exchange();
    const timer = setInterval(exchange, 1);
    try {
      const read = await Promise.all(Array.from({ length: 30 }, () => sandbox.files.read('swap').then(String, (error: unknown) => (error instanceof AccessDeniedError ? 'denied' : String(error)))));
      assert.deepEqual([...new Set(read)].filter((text) => text !== 'open' && text !== 'denied'), []);
    } finally {
      clearInterval(timer);
    }
  });
});
