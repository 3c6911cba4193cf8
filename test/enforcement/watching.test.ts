import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { MARKS } from 'sandbox-core/internal/plan/marks';
import { WATCH_LIBRARY_FILE, WATCH_LIBRARY_PATH } from 'sandbox-core/internal/plan/watch';
import { protections } from 'sandbox-core/internal/policy/protections';
import type { Policy } from 'sandbox-core/policy';

import { root } from '../support/cli';
import { policyOf } from '../support/policies';
import { openSandbox, whyNotEnforced, type TestSandbox } from '../support/sandbox';

const skip = whyNotEnforced() ?? (spawnSync('cc', ['--version']).error ? 'no C compiler (apt install gcc libc6-dev)' : false);

const filesystem = { denyRead: ['./hidden.txt', './secret', './pass'], allowRead: ['./pass/seen'], allowWrite: ['.'], denyWrite: ['./fixed'] };
const files = { 'hidden.txt': 'x', 'secret/f': 'x', 'pass/seen/f': 'x', 'pass/other': 'x', 'fixed/f': 'x', free: 'x', 'dir/f': 'x' };

/** What is only watched: reads where names are held against writing, everything where none is held. */
const policies: Readonly<Record<string, Policy>> = {
  'that holds names': policyOf({ filesystem }),
  'that holds none': policyOf({ filesystem: { ...filesystem, liftProtections: protections.map(({ name }) => name) as NonNullable<Policy['filesystem']['liftProtections']> } }),
};

/** How C programs are linked: to glibc, statically, to musl, and with the library's own source, to have its behaviour checked. */
const linkages = [
  { name: 'dynamic', compiler: 'cc', flags: [] },
  { name: 'static', compiler: 'cc', flags: ['-static'] },
  { name: 'musl', compiler: 'musl-gcc', flags: [] },
  { name: 'sanitized', compiler: 'cc', flags: ['-fsanitize=undefined', '-fno-sanitize-recover=all', '-fno-builtin', ...['watch.c', 'delivery.c', 'looks.c'].map((name) => join(root, 'sandbox-core', 'native', 'preload', name))] },
] as const;

/** Operation, path, second word; what it comes to; what is recorded of it. */
type Attempt = readonly [operation: string, path: string, second: string, result: string, recorded?: string];

const ATTEMPTS: readonly Attempt[] = [
  // Refused.
  ['read', 'hidden.txt', '-', 'EACCES', 'read hidden.txt'],
  ['readat', 'hidden.txt', '-', 'EACCES', 'read hidden.txt'],
  ['openat2', 'hidden.txt', '-', 'ENOSYS'], // refused to everybody: programs fall back to openat
  ['fopen', 'secret/f', '-', 'EACCES', 'read secret/f'],
  ['list', 'secret', '-', 'EACCES', 'read secret'],
  ['list', 'pass', '-', 'EACCES', 'read pass'],
  ['read', 'pass/other', '-', 'ENOENT', 'read pass/other'],
  ['write', 'fixed/f', '-', 'EROFS', 'write fixed/f'],
  ['make', 'fixed/new', '-', 'EROFS', 'write fixed/new'],
  ['creat', 'fixed/created', '-', 'EROFS', 'write fixed/created'],
  ['fopen', 'fixed/f', 'r+', 'EROFS', 'write fixed/f'],
  ['fopen', 'fixed/appended', 'ae', 'EROFS', 'write fixed/appended'],
  ['unnamed', 'fixed', '-', 'EROFS', 'write fixed'],
  ['mkdir', 'fixed/d', '-', 'EROFS', 'create fixed/d'],
  ['unlink', 'fixed/f', '-', 'EROFS', 'remove fixed/f'],
  ['rename', 'fixed/f', 'fixed/g', 'EROFS', 'rename fixed/f'],
  ['rename', 'free', 'fixed/h', 'EXDEV', 'rename fixed/h'],
  ['rename', 'fixed', 'moved', 'EBUSY', 'rename fixed'],
  ['link', 'free', 'fixed/l', 'EROFS', 'create fixed/l'],
  ['symlink', 'fixed/s', 'free', 'EROFS', 'create fixed/s'],
  ['chmod', 'fixed/f', '-', 'EROFS', 'change fixed/f'],
  ['truncate', 'fixed/f', '-', 'EROFS', 'change fixed/f'],
  ['touch', 'fixed/f', '-', 'EROFS', 'change fixed/f'],
  // Failed or done, and not refused.
  ['read', 'missing', '-', 'ENOENT'],
  ['fopen', 'missing/too', '-', 'ENOENT'],
  ['list', 'free', '-', 'ENOTDIR'],
  ['mkdir', 'fixed', '-', 'EEXIST'],
  ['unlink', 'fixed/missing', '-', 'EROFS'], // as without the sandbox, there is nothing to remove
  ['rmdir', 'dir', '-', 'ENOTEMPTY'],
  ['rename', 'missing', 'fixed/x', 'EXDEV'],
  ['read', 'pass/seen/f', '-', 'ok'],
  ['read', 'fixed/f', '-', 'ok'],
  ['list', 'fixed', '-', 'ok'],
  ['fopen', 'free', 'a+', 'ok'],
  ['fopen', 'free', 'r,ccs=UTF-8', 'ok'],
  ['write', 'free', '-', 'ok'],
  ['unnamed', 'dir', '-', 'ok'],
  ['make', 'fresh', '-', 'ok'],
  ['chmod', 'fresh', '-', 'ok'],
  ['rename', 'fresh', 'dir/fresh', 'ok'],
  ['link', 'dir/fresh', 'again', 'ok'],
  ['unlink', 'dir/fresh', '-', 'ok'],
  ['unlink', 'again', '-', 'ok'],
  ['mkdir', 'dir/made', '-', 'ok'],
  ['rmdir', 'dir/made', '-', 'ok'],
];

/** What of the table every way of running it has to come to. */
const words = ATTEMPTS.flatMap(([operation, path, second]) => [operation, path, second]);
const expectedOutput = ATTEMPTS.map(([operation, path, , result]) => `${operation} ${path} ${result}\n`).join('');
const expectedRecords = tally(ATTEMPTS.flatMap(([, , , , recorded]) => (recorded === undefined ? [] : [recorded])));

function tally(lines: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of [...lines].sort()) counts[line] = (counts[line] ?? 0) + 1;
  return counts;
}

function recordedIn(sandbox: TestSandbox): Record<string, number> {
  return tally(sandbox.session.violations.violations.flatMap(({ operation, target, count }) => Array<string>(count).fill(`${operation} ${target.replace(`${sandbox.directory}/`, '')}`)));
}

function compile(compiler: string, flags: readonly string[], program: string): void {
  const { status, stderr } = spawnSync(compiler, ['-O2', '-D_GNU_SOURCE', ...flags, '-o', program, join(root, 'test', 'fixtures', 'watching', 'attempt.c')], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

describe('what the sandbox refuses', { skip }, () => {
  for (const { name, compiler, flags } of linkages)
    for (const [which, policy] of Object.entries(policies))
      it(`is recorded exactly once, and nothing else is: a ${name} program, under a policy ${which}`, async (context) => {
        if (spawnSync(compiler, ['--version']).error) return context.skip(`no ${compiler} (apt install musl-tools)`);
        const sandbox = await openSandbox(context, { policy, files });
        compile(compiler, flags, join(sandbox.directory, 'attempt'));
        const { stdout, stderr } = await sandbox.run(['./attempt', ...words]);
        assert.deepEqual([stdout, stderr], [expectedOutput, '']);
        assert.deepEqual(recordedIn(sandbox), expectedRecords);
      });

  it('is recorded too where a program clears its environment, or brings a library of its own', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem }), files });
    compile('cc', [], join(sandbox.directory, 'attempt'));
    const own = join(sandbox.directory, 'own.so');
    assert.equal(spawnSync('cc', ['-shared', '-fPIC', '-o', own, '-x', 'c', '-'], { input: 'int close(int fd) { (void)fd; return 0; }' }).status, 0);
    await sandbox.run(['env', '-i', './attempt', 'read', 'hidden.txt', '-']);
    const environment = { PATH: process.env['PATH'] ?? '', LD_PRELOAD: own };
    const { stdout, stderr } = await sandbox.run(['sh', '-c', 'echo $LD_PRELOAD; ./attempt read hidden.txt -'], { environment });
    assert.deepEqual([stdout, stderr], [`${own}:${WATCH_LIBRARY_PATH}\nread hidden.txt EACCES\n`, '']);
    assert.deepEqual(recordedIn(sandbox), { 'read hidden.txt': 2 });
  });

  it('stays refused, and what is held stays held, whatever mark a program forges', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem }), files });
    compile('cc', [], join(sandbox.directory, 'attempt'));
    const { channel: _, ...forged } = MARKS; // which opens nothing, and gets a socket
    const marks = Object.values(forged).map((mark) => mark.toString(16));
    const forge = (operation: string, path: string): string[] => marks.flatMap((mark) => [operation, path, mark]);
    const running = sandbox.script(`./attempt ${[...forge('forge-read', 'hidden.txt'), ...forge('forge-make', 'fixed/new'), ...forge('forge-make', 'dir/.envrc'), ...forge('forge-mkdir', 'dir/.idea')].join(' ')}
      touch ready; until [ -e go ]; do sleep 0.02; done; ./attempt ${forge('forge-write', 'late/.gitconfig').join(' ')}`);
    const results = (await finishLate(sandbox, running)).trim().split('\n').map((line) => line.split(' ').at(-1));
    // In the order of MARKS; one is a query, and one only tells of what was refused: never done, of openat.
    const opens = (error: string): string[] => [error, error, error, 'ENOSYS', error, 'EACCES'];
    assert.deepEqual(results, [...opens('EACCES'), ...opens('EROFS'), ...opens('EACCES'), ...Array<string>(6).fill('EACCES'), ...opens('EACCES')]);
  });

  it('leaves the library as it is, also for programs that are built to notice', async (context) => {
    const sandbox = await openSandbox(context, { policy: policyOf({ filesystem }), files });
    const { stdout } = await sandbox.script(`echo x > ${WATCH_LIBRARY_FILE} || rm -f ${WATCH_LIBRARY_FILE} || mv ${WATCH_LIBRARY_FILE} /tmp || echo kept`);
    assert.equal(stdout, 'kept\n');
    // gcc's sanitizer is a library, clang's is linked into the program
    for (const compiler of ['gcc', 'clang'].filter((name) => spawnSync(name, ['--version']).error === undefined)) {
      compile(compiler, ['-fsanitize=address'], join(sandbox.directory, 'attempt'));
      assert.equal((await sandbox.run(['./attempt', 'read', 'free', '-'], { environment: { PATH: process.env['PATH'] ?? '', ASAN_OPTIONS: 'detect_leaks=0' } })).stdout, 'read free ok\n', compiler);
    }
  });
});

/** Makes a held name on the host while the command waits, as a person would. */
async function finishLate(sandbox: TestSandbox, running: Promise<{ readonly stdout: string }>): Promise<string> {
  while (!existsSync(join(sandbox.directory, 'ready'))) await new Promise((resolve) => setImmediate(resolve));
  mkdirSync(join(sandbox.directory, 'late'));
  writeFileSync(join(sandbox.directory, 'late', '.gitconfig'), '');
  writeFileSync(join(sandbox.directory, 'go'), '');
  return (await running).stdout;
}
