// How what is shipped is bundled; used by bundle.mjs and package-core.mjs.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');
export const { version } = JSON.parse(readFileSync(join(root, 'sandbox-core', 'package.json'), 'utf8'));

/** Modules of Node that take a while to load and that most runs never use: loaded when something of them is first asked for. */
const LATE = ['crypto', 'http', 'http2', 'https', 'readline', 'readline/promises', 'tls'];
const require = createRequire(import.meta.url);
const loadLate = {
  name: 'load-late',
  setup(build) {
    build.onResolve({ filter: new RegExp(`^(node:)?(${LATE.join('|')})$`) }, ({ path, namespace }) => (namespace === 'late' ? { path, external: true } : { path: path.replace(/^node:/, ''), namespace: 'late' }));
    build.onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({
      contents: `for (const name of ${JSON.stringify(Object.keys(require(path)))}) Object.defineProperty(exports, name, { enumerable: true, get: () => require('node:${path}')[name] });`,
      resolveDir: root,
    }));
  },
};

/** Options of esbuild for everything that is shipped. */
export const bundleOptions = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // As load-bundle.js reads it.
  charset: 'ascii',
  // Names stay as they are: keepNames would wrap every function that a parser makes, which more than doubles its time.
  minifySyntax: true,
  minifyIdentifiers: true,
  keepNames: true,
  minifyWhitespace: true,
  // A native module that most installations do without.
  external: ['node-pty'],
  plugins: [loadLate],
  // Kept code cannot import(); require() does the same.
  supported: { 'dynamic-import': false },
  // The ES modules of the JSON language service: its UMD wrapper hides its imports from bundlers.
  mainFields: ['module', 'main'],
  // From the sources, of which only what is used gets into a bundle; the compiled files are taken whole.
  alias: { 'sandbox-core': join(root, 'sandbox-core', 'src', 'index.ts'), 'sandbox-core/policy': join(root, 'sandbox-core', 'src', 'policy', 'index.ts'), 'srt-language-server/protocol': join(root, 'server', 'src', 'protocol.ts') },
  define: { SRT_VERSION: JSON.stringify(version) },
  logLevel: 'warning',
};
