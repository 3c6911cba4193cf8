import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { after, before, describe, it } from 'node:test';

import { root } from '../support/cli';
import { whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

const run = promisify(execFile);
const POLICY = { network: { allowedDomains: [], deniedDomains: [] }, filesystem: { denyRead: ['./secret'], allowWrite: ['.'], denyWrite: [] } };

/** The package as npm makes it, installed into an empty folder without a network. */
describe('the npm package', () => {
  const undo: (() => void)[] = [];
  let folder = '';
  before(async () => {
    // Not in /tmp: sandboxes have a private one.
    folder = temporaryDirectory({ after: (step) => void undo.push(step) }, { secret: 's', 'policy.json': JSON.stringify(POLICY), 'package.json': '{ "private": true }' }, '/var/tmp');
    const { stdout } = await run(process.execPath, [join(root, 'scripts', 'package-core.mjs'), folder]);
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--loglevel=error', stdout.trim()], { cwd: folder });
    for (const program of readdirSync(join(root, 'test', 'package', 'programs'))) copyFileSync(join(root, 'test', 'package', 'programs', program), join(folder, program));
  });
  after(() => undo.forEach((step) => step()));

  it('depends on nothing, and brings what it shows to people', () => {
    assert.deepEqual(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.')), ['sandbox-core']);
    const file = (path: string): string => join(folder, 'node_modules', 'sandbox-core', path);
    assert.deepEqual(['README.md', 'LICENSE', 'schemas/policy.schema.json', 'docs/problems/unknown-key.md', 'native/build/srt-helper', 'native/build/srt-watch.so'].filter((path) => !existsSync(file(path))), []);
    assert.match(readFileSync(file('THIRD-PARTY.md'), 'utf8'), /^## jsonc-parser /m);
  });

  it('shows programs that every Node reads which the package is for', async () => {
    const blocks = [...readFileSync(join(root, 'sandbox-core', 'README.md'), 'utf8').matchAll(/^```js\n([^]*?)^```$/gm)].map(([, block = '']) => block);
    assert.ok(blocks.length >= 3);
    for (const [index, block] of blocks.entries()) {
      const file = join(folder, `shown-${index}.mjs`);
      writeFileSync(file, block);
      await run(process.execPath, ['--check', file]);
    }
  });

  it('runs commands for an ES module', { skip: whyNotEnforced() ?? false }, async () => {
    const { stdout } = await run(process.execPath, ['program.mjs'], { cwd: folder });
    assert.deepEqual(JSON.parse(stdout), {
      problems: 0,
      executed: { code: 1, stdout: 'written\n', rules: ['/filesystem/denyRead/0'] },
      read: 'written\n',
      refused: '/filesystem/denyRead/0',
      decision: 'deny',
      terminal: 'unavailable-here',
      fromFile: ['/filesystem/denyRead/0', 'sandbox-policy'],
      wrapped: 'waited for\n',
    });
  });

  it('is the same for CommonJS, and its entries share their errors', async () => {
    const { stdout } = await run(process.execPath, ['program.cjs'], { cwd: folder });
    assert.deepEqual(JSON.parse(stdout), [[true, 'policy-invalid'], [true, 'policy-invalid']]);
  });

  it('has types that hold by themselves', async () => {
    const options = ['--ignoreConfig', '--noEmit', '--strict', '--module', 'node20', '--target', 'es2023', '--lib', 'es2023,esnext.disposable', '--types', 'node', '--typeRoots', join(root, 'node_modules', '@types')];
    const { stdout } = await run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), ...options, 'consumer.ts'], { cwd: folder }).catch((error: unknown) => error as { stdout: string });
    assert.equal(stdout, '');
  });

  it('has the command line program', { skip: whyNotEnforced() ?? false }, async () => {
    const { stdout } = await run(join(folder, 'node_modules', '.bin', 'srt'), ['-s', 'policy.json', '-c', 'echo from the sandbox'], { cwd: folder });
    assert.equal(stdout, 'from the sandbox\n');
    const { stdout: page } = await run(join(folder, 'node_modules', '.bin', 'srt'), ['check', '--explain', 'unknown-key'], { cwd: folder });
    assert.match(page, /unknown-key/);
  });

  it('starts a command that was planned before without Node', { skip: whyNotEnforced() ?? false }, async (context) => {
    const home = temporaryDirectory({ after: (step) => context.after(step) }, {}, '/var/tmp');
    const srt = async (PATH: string): Promise<string> => (await run(join(folder, 'node_modules', '.bin', 'srt'), ['-s', 'policy.json', '/bin/echo', 'from the sandbox'], { cwd: folder, env: { HOME: home, PATH } })).stdout;
    assert.equal(await srt(process.env['PATH'] ?? ''), 'from the sandbox\n');
    assert.equal(await srt('/none'), 'from the sandbox\n');
  });

  it('keeps what was compiled in the first run of a command, and takes nothing else for it', { skip: whyNotEnforced() ?? false }, async () => {
    const lib = join(folder, 'node_modules', 'sandbox-core', 'lib');
    const kept = (): string[] => readdirSync(lib).filter((name) => name.includes('.cache'));
    const srt = async (...args: string[]): Promise<string> => (await run(process.execPath, [join(folder, 'node_modules', 'sandbox-core', 'bin', 'srt.js'), ...args], { cwd: folder })).stdout;
    for (const name of kept()) rmSync(join(lib, name));
    await srt('--version');
    assert.deepEqual(kept(), []);
    await srt('-s', 'policy.json', '-c', 'true');
    const [name = '', ...others] = kept();
    assert.deepEqual([name.includes(process.version), others], [true, []]);
    const { ino, size } = statSync(join(lib, name));
    assert.equal(await srt('-s', 'policy.json', '-c', 'echo again'), 'again\n');
    assert.equal(statSync(join(lib, name)).ino, ino);
    writeFileSync(join(lib, name), Buffer.alloc(size, 'x'));
    assert.equal(await srt('-s', 'policy.json', '-c', 'echo without it'), 'without it\n');
  });
});
