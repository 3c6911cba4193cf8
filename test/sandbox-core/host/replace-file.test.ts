import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { replaceFile } from 'sandbox-core/internal/host/replace-file';

import { srtCommand } from '../../support/cli';
import { temporaryDirectory } from '../../support/temporary';

const isRoot = process.getuid?.() === 0;

describe('replacing a file', () => {
  it('gives it another text as a whole, with its mode, and leaves nothing beside it', (context) => {
    const directory = temporaryDirectory(context, { 'a/p.json': 'before' });
    const file = join(directory, 'a/p.json');
    chmodSync(file, 0o640);
    const { ino } = statSync(file);
    assert.equal(replaceFile(file, 'after'), undefined);
    assert.deepEqual([readFileSync(file, 'utf8'), statSync(file).mode & 0o7777, statSync(file).ino === ino, readdirSync(join(directory, 'a'))], ['after', 0o640, false, ['p.json']]);
    assert.equal(replaceFile(join(directory, 'a/new.json'), 'new'), undefined);
    assert.equal(readFileSync(join(directory, 'a/new.json'), 'utf8'), 'new');
  });

  it('follows a symbolic link to what it leads to, if that is a file', (context) => {
    const directory = temporaryDirectory(context, { 'real/p.json': 'before', 'links/': '' });
    for (const [name, target] of [['p.json', '../real/p.json'], ['nowhere', '../real/absent'], ['directory', '../real']] as const) symlinkSync(target, join(directory, 'links', name));
    assert.equal(replaceFile(join(directory, 'links/p.json'), 'after'), undefined);
    assert.equal(readFileSync(join(directory, 'real/p.json'), 'utf8'), 'after');
    assert.match(replaceFile(join(directory, 'links/nowhere'), 'after') ?? '', /leads nowhere/);
    assert.match(replaceFile(join(directory, 'links/directory'), 'after') ?? '', /no plain file/);
    assert.deepEqual([readdirSync(join(directory, 'real')), readdirSync(join(directory, 'links')).every((name) => lstatSync(join(directory, 'links', name)).isSymbolicLink())], [['p.json'], true]);
  });

  it('keeps the owner', { skip: !isRoot && 'only root may give files away' }, (context) => {
    const file = join(temporaryDirectory(context, { 'p.json': 'before' }), 'p.json');
    chownSync(file, 1234, 2345);
    chmodSync(file, 0o664);
    assert.equal(replaceFile(file, 'after'), undefined);
    assert.deepEqual([statSync(file).uid, statSync(file).gid, statSync(file).mode & 0o7777], [1234, 2345, 0o664]);
  });

  it('changes nothing where the file or its directory may not be written', { skip: isRoot && 'root may write everywhere' }, (context) => {
    const directory = temporaryDirectory(context, { 'a/p.json': 'before', 'b/p.json': 'before' });
    chmodSync(join(directory, 'a/p.json'), 0o444);
    chmodSync(join(directory, 'b'), 0o555);
    assert.equal(replaceFile(join(directory, 'a/p.json'), 'after'), 'EACCES');
    const refused = replaceFile(join(directory, 'b/p.json'), 'after');
    chmodSync(join(directory, 'b'), 0o755);
    assert.match(refused ?? '', /^its directory takes no file in its place \(EACCES\)/);
    assert.deepEqual(['a', 'b'].map((name) => readFileSync(join(directory, name, 'p.json'), 'utf8')), ['before', 'before']);
  });

  it('leaves a policy as it was when the disk is full half-way, whatever of srt edits it', { skip: process.platform === 'win32' && 'no limits there' }, (context) => {
    const hosts = Array.from({ length: 500 }, (_, index) => `h${index}.example.test`);
    const policy = JSON.stringify({ network: { allowedDomains: [...hosts, 'h1.example.test'], deniedDomains: [] }, filesystem: { denyRead: [], allowWrite: [], denyWrite: [] } }, null, 2);
    const directory = temporaryDirectory(context, { 'p.srt.json': policy });
    mkdirSync(join(directory, 'home'));
    for (const args of ['check --fix p.srt.json', 'init p.srt.json --force --preset node']) {
      writeFileSync(join(directory, 'p.srt.json'), policy);
      // What a limit of the shell's refuses, a full disk does: half of the text is written.
      const { status, stderr } = spawnSync('bash', ['-c', `trap '' XFSZ; ulimit -f ${args.startsWith('init') ? 0 : 1}; exec "$0" "$1" ${args}`, process.execPath, srtCommand], { cwd: directory, encoding: 'utf8', env: { ...process.env, HOME: join(directory, 'home'), NODE_DISABLE_COMPILE_CACHE: '1' } });
      assert.match(stderr, /EFBIG/);
      assert.deepEqual([status === 0, readFileSync(join(directory, 'p.srt.json'), 'utf8') === policy, readdirSync(directory)], [false, true, ['home', 'p.srt.json']], `${args}: ${stderr}`);
    }
  });
});
