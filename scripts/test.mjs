// Runs compiled tests with Node's own runner: node scripts/test.mjs [--concurrency N] [--seconds N] FOLDER_OR_FILE…
//
// Paths are those of the sources; `test/` in front may be left out. A skipped test is listed with its reason; SRT_FORBID_SKIPS=1 makes it a failure.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { values, positionals } = parseArgs({ options: { concurrency: { type: 'string', default: '2' }, seconds: { type: 'string', default: '180' } }, allowPositionals: true });

const files = positionals.flatMap((path) => testFiles(join(root, 'test', 'out', path.replace(/^test\//, '').replace(/\.ts$/, '.js'))));
if (files.length === 0) fail(`no tests in ${positionals.join(', ')}`);

// A bash whose input is a socket, as Node's pipes are, reads ~/.bashrc unless another shell started it.
if (!(Number(process.env.SHLVL) >= 1)) process.env.SHLVL = '1';

const skipped = [];
let failures = 0;
let passes = 0;
const stream = run({ files, concurrency: Number(values.concurrency), timeout: Number(values.seconds) * 1000 });
stream.on('test:fail', () => failures++);
stream.on('test:pass', ({ name, skip, details }) => {
  if (skip !== undefined) skipped.push(`${name}: ${skip === true ? 'no reason given' : skip}`);
  else if (details?.type !== 'suite') passes++;
});
stream.compose(new spec()).pipe(process.stdout);
stream.on('end', () => {
  if (skipped.length > 0) console.log(`\nskipped:\n${skipped.map((line) => `  - ${line}`).join('\n')}`);
  if (passes === 0) fail('no test passed');
  if (failures > 0) process.exitCode = 1;
  if (skipped.length > 0 && process.env.SRT_FORBID_SKIPS === '1') fail('skipped tests are not accepted here (SRT_FORBID_SKIPS=1)');
});

function testFiles(path) {
  if (existsSync(`${path}.test.js`)) return [`${path}.test.js`];
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return readdirSync(path).sort().flatMap((name) => testFiles(join(path, name)));
  return path.endsWith('.test.js') ? [path] : [];
}

function fail(reason) {
  console.error(`test: ${reason}`);
  process.exitCode = 1;
}
