// Tries real programs in the sandbox against servers on loopback: npm run test:programs
//
// When all do what they should it writes docs/network-programs.md, which lists them.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const { status } = spawnSync(process.execPath, ['scripts/test.mjs', '--concurrency', '1', '--seconds', '600', 'programs'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(1);

const load = createRequire(import.meta.url);
const { programsDocument } = load('../test/out/programs/document.js');
const { programs } = load('../test/out/programs/catalogue.js');
writeFileSync(join(root, 'docs', 'network-programs.md'), programsDocument(programs));
console.log('\nwrote docs/network-programs.md');
