// How what is shipped is bundled; used by bundle.mjs and package-core.mjs.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build as esbuild } from 'esbuild';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');
export const { version } = JSON.parse(readFileSync(join(root, 'sandbox-core', 'package.json'), 'utf8'));

/** Modules of Node that take a while to load and that most runs never use: loaded when something of them is first asked for. */
const LATE = ['crypto', 'dns', 'fs/promises', 'http', 'http2', 'https', 'readline', 'readline/promises', 'tls'];
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

/**
 * Libraries of which most runs use nothing, the module of ours that prepares one, and the schema with its texts, which a valid policy does not need: each is a bundle of its own beside the others, which all
 * share it, and is loaded when something of it is first asked for.
 */
const LATE_LIBRARIES = { tldts: 'tldts', unbash: 'unbash', 'dns-packet': 'dns-packet', socks: 'socks', httpxy: 'httpxy', 'read-tls-client-hello': 'read-tls-client-hello', '@pondwader/socks5-server': 'socks5-server', '@smithy/signature-v4': 'signature-v4', diff: 'diff', './x509.js': 'x509', './policy-schema.generated': 'policy-schema' };
const SOURCES = { './x509.js': './sandbox-core/src/network/tls/x509.ts', './policy-schema.generated': './sandbox-core/src/policy/policy-schema.generated.ts' };
const loadLibrariesLate = {
  name: 'load-libraries-late',
  setup(build) {
    const names = Object.keys(LATE_LIBRARIES).map((name) => name.replaceAll(/[./]/g, '\\$&'));
    build.onResolve({ filter: new RegExp(`^(${names.join('|')})$`) }, ({ path, kind }) => (kind === 'entry-point' ? undefined : { path, namespace: 'late-library' }));
    build.onLoad({ filter: /.*/, namespace: 'late-library' }, async ({ path }) => ({
      contents: `for (const name of ${JSON.stringify(await exportsOf(path))}) Object.defineProperty(exports, name, { enumerable: true, get: () => require('./${fileOf(path)}')[name] });`,
      resolveDir: root,
    }));
    build.onResolve({ filter: /^\.\/library-[a-z0-9-]+\.js$/ }, ({ path }) => ({ path, external: true }));
  },
};

const fileOf = (name) => `library-${LATE_LIBRARIES[name]}.js`;

function libraryOptions(name) {
  return { ...bundleOptions, plugins: [loadLate], stdin: { contents: `export * from ${JSON.stringify(SOURCES[name] ?? name)};`, resolveDir: root } };
}

/** What can be imported from it; a bundle that is an ES module says so. */
async function exportsOf(name) {
  const { metafile } = await esbuild({ ...libraryOptions(name), format: 'esm', write: false, metafile: true, outfile: 'library.js' });
  const { exports } = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint !== undefined);
  return exports.length > 0 ? exports : Object.keys(require(name));
}

/** The bundles of the libraries, into the folder of those that use them. */
export async function bundleLibraries(folder) {
  return Promise.all(Object.keys(LATE_LIBRARIES).map((name) => esbuild({ ...libraryOptions(name), outfile: join(folder, fileOf(name)), metafile: true })));
}

/** Options of esbuild for everything that is shipped. */
export const bundleOptions = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // As load-bundle.js reads it.
  charset: 'ascii',
  // Functions get other names than in the sources; keepNames would wrap every one of them, which takes longer than what some do.
  minifySyntax: true,
  minifyIdentifiers: true,
  minifyWhitespace: true,
  // A native module that most installations do without.
  external: ['node-pty'],
  plugins: [loadLate, loadLibrariesLate],
  // Kept code cannot import(); require() does the same.
  supported: { 'dynamic-import': false },
  // The ES modules of the JSON language service: its UMD wrapper hides its imports from bundlers.
  mainFields: ['module', 'main'],
  // From the sources, of which only what is used gets into a bundle; the compiled files are taken whole.
  alias: { 'sandbox-core': join(root, 'sandbox-core', 'src', 'index.ts'), 'sandbox-core/policy': join(root, 'sandbox-core', 'src', 'policy', 'index.ts'), 'srt-language-server/protocol': join(root, 'server', 'src', 'protocol.ts') },
  define: { SRT_VERSION: JSON.stringify(version) },
  logLevel: 'warning',
};
