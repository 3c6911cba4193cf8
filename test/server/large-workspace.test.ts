import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { absolutePath, toPathPattern, type AbsolutePath, type GlobPattern } from 'sandbox-core/policy';
import { countFiles } from 'srt-language-server/internal/files/count-files';
import { createFileTrees } from 'srt-language-server/internal/files/file-trees';
import type { DirectoryEntry, Runtime } from 'srt-language-server/internal/runtime';

const FOLDER = absolutePath('/ws');
const DIRECTORIES = 500;
const FILES_EACH = 100;
/** A look at the clock after so many names, and every look finds that it is time to let others in. */
const NAMES_A_STEP = 500;

/** A workspace of 50,000 files that counts what is done with it. */
function largeWorkspace() {
  const work = { reads: 0, readers: 0, mostReaders: 0, yields: 0, tests: 0, testsInAStep: 0, mostTestsInAStep: 0 };
  const top = Array.from({ length: DIRECTORIES }, (_, index): DirectoryEntry => ({ name: `d${index}`, kind: 'directory' }));
  const files = Array.from({ length: FILES_EACH }, (_, index): DirectoryEntry => ({ name: index % 2 === 0 ? `f${index}.ts` : `f${index}.js`, kind: 'file' }));
  let clock = 0;
  const runtime: Runtime = {
    home: absolutePath('/home/me'),
    platform: 'linux',
    problemPage: () => undefined,
    readFile: () => undefined,
    kindOf: () => undefined,
    readStart: () => Promise.resolve(undefined),
    async readDirectory(path) {
      work.reads++;
      work.mostReaders = Math.max(work.mostReaders, ++work.readers);
      await Promise.resolve();
      work.readers--;
      return path === FOLDER ? top : files;
    },
    inspect: () => Promise.resolve(undefined),
    schedule: () => ({ cancel: () => undefined }),
    yield: () => {
      work.yields++;
      work.testsInAStep = 0;
      return Promise.resolve();
    },
    now: () => (clock += 1000),
  };
  const trees = createFileTrees(runtime);
  trees.setFolders([FOLDER]);
  return { runtime, trees, work };
}

/** The pattern, with its tests counted. */
function counted(glob: string, { work }: ReturnType<typeof largeWorkspace>): GlobPattern {
  const pattern = toPathPattern(absolutePath(glob), false);
  assert.ok(pattern.kind === 'glob');
  const names = (path: AbsolutePath): boolean => {
    work.tests++;
    work.mostTestsInAStep = Math.max(work.mostTestsInAStep, ++work.testsInAStep);
    return pattern.names(path);
  };
  return { ...pattern, names };
}

const NEVER = { isCancellationRequested: false, onCancellationRequested: () => ({ dispose: () => undefined }) };

describe('a workspace of 50,000 files', () => {
  it('is counted in steps that let others in, and not read twice', async () => {
    const workspace = largeWorkspace();
    const { work, trees, runtime } = workspace;
    const pattern = counted('/ws/**/*.ts', workspace);
    assert.deepEqual(await countFiles(pattern, { trees, runtime, token: NEVER }), { files: (DIRECTORIES * FILES_EACH) / 2, isAtLeast: false, kind: 'pattern', examples: [0, 2, 4].map((index) => `/ws/d499/f${index}.ts`) });
    assert.deepEqual([work.reads, work.mostReaders <= 8], [DIRECTORIES + 1, true]);
    assert.ok(work.mostTestsInAStep <= NAMES_A_STEP + 1, `${work.mostTestsInAStep} names in one step`);
    assert.ok(work.yields >= (DIRECTORIES * FILES_EACH) / NAMES_A_STEP);
    const before = { ...work };
    await countFiles(pattern, { trees, runtime, token: NEVER });
    assert.deepEqual([work.reads, work.tests], [before.reads, before.tests]);
  });

  it('is read again only where something changed', async () => {
    const workspace = largeWorkspace();
    const { work, trees, runtime } = workspace;
    const whole = toPathPattern(FOLDER, true);
    assert.equal((await countFiles(whole, { trees, runtime, token: NEVER }))?.files, DIRECTORIES * FILES_EACH);
    work.reads = 0;
    trees.changed(absolutePath('/ws/d7/f1.js'));
    await countFiles(whole, { trees, runtime, token: NEVER });
    assert.equal(work.reads, 1);
  });

  it('is given up as soon as nobody waits for the answer', async () => {
    const workspace = largeWorkspace();
    const { work, trees, runtime } = workspace;
    const token = {
      onCancellationRequested: NEVER.onCancellationRequested,
      get isCancellationRequested() {
        return work.yields >= 3;
      },
    };
    assert.equal(await countFiles(counted('/ws/**/*.ts', workspace), { trees, runtime, token }), undefined);
    assert.ok(work.tests <= 4 * NAMES_A_STEP, `${work.tests} names were looked at`);
  });
});
