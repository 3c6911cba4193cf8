// Tries every attack case as the calling user and, where that is root, as an ordinary user too: npm run test:attacks
//
// When all have been stopped it writes docs/attacks.md, which lists them.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const tests = ['scripts/test.mjs', '--concurrency', '1', '--seconds', '900', 'attacks'];

run(tests);
if (process.getuid?.() === 0) run(['scripts/as-ordinary-user.mjs', ...tests]);
else console.log('attacks, as root: skipped, this run was by an ordinary user');
writeDocument();

function run(command) {
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

function writeDocument() {
  const load = createRequire(import.meta.url);
  const { attacksDocument } = load('../test/out/attacks/document.js');
  const { catalogue } = load('../test/out/attacks/catalogue.js');
  writeFileSync(join(root, 'docs', 'attacks.md'), attacksDocument(catalogue));
  console.log('\nwrote docs/attacks.md');
}
