// Keeps what V8 compiled of a bundle beside it, so that the next start does not compile again: node scripts/code-cache.mjs BUNDLE [ARGUMENT…]
//
// The bundle is run with the arguments, and what it compiled on the way is kept. sandbox-core/bin/load-bundle.js reads it.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [bundle, ...args] = process.argv.slice(2);
const { cachePath, compile, run } = createRequire(import.meta.url)(join(dirname(fileURLToPath(import.meta.url)), '..', 'sandbox-core', 'bin', 'load-bundle.js'));

process.argv = [process.argv[0], bundle, ...args];
const script = compile(bundle, undefined);
process.on('exit', () => {
  writeFileSync(cachePath(bundle), script.createCachedData());
  process.exitCode = 0; // whatever the command came to
});
run(script, bundle);
