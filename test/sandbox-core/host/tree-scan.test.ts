import { strict as assert } from 'node:assert';
import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import { createTreeIndex, type TreeFindings, type TreeIndex } from 'sandbox-core/internal/host/tree-scan';
import { absolutePath, nameBelow, outermost, toPathPattern, type GlobPattern } from 'sandbox-core/policy';

import { temporaryDirectory } from '../../support/temporary';

function patternsOf(directory: string, ...globs: readonly string[]): GlobPattern[] {
  return globs.map((glob) => toPathPattern(absolutePath(join(directory, glob)), false)).flatMap((pattern) => (pattern.kind === 'glob' ? [pattern] : []));
}

function indexOf(context: TestContext, files: Readonly<Record<string, string>>, globs: readonly string[]): { readonly directory: string; readonly index: TreeIndex } {
  const directory = temporaryDirectory(context, files);
  const patterns = [...patternsOf(directory, ...globs), ...(globs.length > 0 ? [] : [nameBelow(absolutePath(directory), '.idea', 'node_modules')])];
  return { directory, index: createTreeIndex([absolutePath(directory)], patterns, { thorough: globs.length > 0 }) };
}

function relative(directory: string, { found, gitDirectories, gitPointers }: TreeFindings): string[] {
  return [...found, ...gitDirectories.map((path) => `git ${path}`), ...gitPointers.map((path) => `pointer ${path}`)].map((line) => line.replace(directory, '')).sort();
}

describe('looking through directories', () => {
  it('finds what patterns name, and git directories of every kind', async (context) => {
    const { directory, index } = indexOf(context, { 'a.key': '', 'd/e.key': '', 'd/f': '', '.git/HEAD': '', '.git/modules/m/HEAD': '', '.git/modules/m/objects/': '', '.git/modules/m/refs/': '', 'sub/.git': 'gitdir: x', 'bare/HEAD': '', 'bare/objects/': '', 'bare/refs/': '' }, ['**/*.key']);
    assert.deepEqual(relative(directory, await index.scan()), ['/a.key', '/d/e.key', 'git /.git', 'git /.git/modules/m', 'git /bare', 'pointer /sub/.git']);
  });

  it('passes over packages and git objects unless a pattern of the policy asks for more', async (context) => {
    const files = { 'node_modules/p/.idea/x': '', '.git/objects/aa/.idea/x': '', 'src/.IDEA/x': '' };
    const forProtections = indexOf(context, files, []);
    assert.deepEqual(relative(forProtections.directory, await forProtections.index.scan()), ['/src/.IDEA', 'git /.git']);
    const forPattern = indexOf(context, files, ['**/x']);
    assert.equal((await forPattern.index.scan()).found.length, 3);
  });

  it('sees what changed since the last look, also within one tick of the clock', async (context) => {
    const { directory, index } = indexOf(context, { 'd/old.key': '' }, ['**/*.key']);
    const past = new Date(Date.now() - 10_000);
    utimesSync(join(directory, 'd'), past, past);
    await index.scan();
    writeFileSync(join(directory, 'd/new.key'), '');
    mkdirSync(join(directory, 'd/deep'));
    writeFileSync(join(directory, 'd/deep/a.key'), '');
    assert.deepEqual(relative(directory, await index.scan()), ['/d/deep/a.key', '/d/new.key', '/d/old.key']);
    writeFileSync(join(directory, 'd/newer.key'), '');
    rmSync(join(directory, 'd/deep'), { recursive: true });
    assert.deepEqual(relative(directory, await index.scan()), ['/d/new.key', '/d/newer.key', '/d/old.key']);
  });

  it('sees the same when it is told of changes instead of looking for them', async (context) => {
    const { directory, index } = indexOf(context, { 'a/b/old.key': '', 'c/d/': '', 'spare/b/other.key': '' }, ['**/*.key']);
    context.after(() => index.close());
    const at = (path: string): string => join(directory, path);
    const expectSame = async (): Promise<void> => {
      const fresh = createTreeIndex([absolutePath(directory)], patternsOf(directory, '**/*.key'), { thorough: true });
      const [told, looked] = [await index.scan(), await fresh.scan()];
      assert.deepEqual(relative(directory, told), relative(directory, looked));
    };
    for (let round = 0; round < 6; round++) await expectSame();
    const quiet = await index.scan();
    // Without a file system that tells changes (or out of watches) every scan is a look, and there is nothing to compare.
    if (quiet !== (await index.scan())) return context.skip('changes of directories are not told here');
    const changes: (() => void)[] = [
      () => writeFileSync(at('c/d/new.key'), ''),
      () => mkdirSync(at('c/e/f'), { recursive: true }),
      () => writeFileSync(at('c/e/f/deep.key'), ''),
      () => (renameSync(at('a'), at('z')), renameSync(at('spare'), at('a'))),
      () => writeFileSync(at('a/b/late.key'), ''),
      () => rmSync(at('c'), { recursive: true }),
      () => (mkdirSync(at('c')), writeFileSync(at('c/again.key'), '')),
    ];
    for (const change of changes) {
      change();
      await expectSame();
      await expectSame();
    }
  });

  it('says where there was too much to see', async (context) => {
    const directory = temporaryDirectory(context, { 'a/b/c/d/': '' });
    const index = createTreeIndex([absolutePath(directory)], patternsOf(directory, '**/x*'), { thorough: true, maxDirectories: 3 });
    assert.deepEqual((await index.scan()).incomplete, [directory]);
  });

  it('keeps the outer of nested directories', () => {
    assert.deepEqual(outermost(['/a/b', '/a', '/ab', '/c/d'].map(absolutePath)), ['/a', '/ab', '/c/d']);
  });
});
