// Makes the npm package `sandbox-core`: npm run package:core [-- DIRECTORY], by default into dist/. Prints the file.
//
// The package is bundled and depends on nothing, so that it installs offline and starts fast. node-pty may be added by who needs terminals.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

import { build } from 'esbuild';

import { bundleLibraries, bundleOptions, root } from './bundling.mjs';

const core = join(root, 'sandbox-core');
const require = createRequire(import.meta.url);

/** Declarations of packages that ours mention; they go along, as the packages themselves do not. */
const TYPES_OF_PACKAGES = { 'jsonc-parser': 'node_modules/jsonc-parser/lib/umd/main.d.ts' };

/** What can be imported: the name in `exports`, and its source. */
const ENTRIES = { '.': 'index', './policy': 'policy/index', './compat': 'compat/index' };

const output = resolve(process.argv[2] ?? join(root, 'dist'));
const stage = mkdtempSync(join(tmpdir(), 'srt-package-'));
try {
  await bundleCode();
  copyTypes();
  copyFiles();
  writeFileSync(join(stage, 'package.json'), JSON.stringify(manifest(), null, 2) + '\n');
  mkdirSync(output, { recursive: true });
  const { status, stdout } = spawnSync('npm', ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', output], { cwd: stage, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) throw new Error('npm pack failed');
  console.log(join(output, stdout.trim().split('\n').at(-1)));
} finally {
  rmSync(stage, { recursive: true, force: true });
}

/** The engine is in one file, so that an error of one entry is an error of the others too. Pure policy work needs none of it. */
async function bundleCode() {
  const engine = `export * as index from './out/index.js'; export * as compat from './out/compat/index.js'; export * as thread from './out/compat/session-thread.js';`;
  const options = { ...bundleOptions, metafile: true };
  const results = [
    await build({ ...options, stdin: { contents: engine, resolveDir: core }, outfile: join(stage, 'lib', 'engine.js') }),
    await build({ ...options, entryPoints: [join(core, 'src', 'policy', 'index.ts')], outfile: join(stage, 'lib', 'policy.js') }),
    await build({ ...options, entryPoints: [join(core, 'src', 'cli', 'bin.ts')], external: [...bundleOptions.external, './mcp.js'], outfile: join(stage, 'lib', 'srt.js') }),
    await build({ ...options, entryPoints: [join(core, 'src', 'cli', 'mcp.ts')], outfile: join(stage, 'lib', 'mcp.js') }),
    ...(await bundleLibraries(join(stage, 'lib'))),
  ];
  // One assignment a name: that is how Node finds the names that ES modules may import.
  for (const name of ['index', 'compat']) {
    const names = Object.keys(require(join(core, 'out', ENTRIES[name === 'index' ? '.' : './compat']))).filter((key) => key !== '__esModule');
    writeFileSync(join(stage, 'lib', `${name}.js`), `'use strict';\nconst { ${name} } = require('./engine.js');\n${names.map((key) => `exports.${key} = ${name}.${key};\n`).join('')}`);
  }
  writeFileSync(join(stage, 'lib', 'session-worker.js'), "'use strict';\nrequire('./engine.js').thread.serveSessions();\n");
  writeFileSync(join(stage, 'THIRD-PARTY.md'), notices(results.flatMap(({ metafile }) => Object.keys(metafile.inputs))));
}

/** The licenses of everything that is bundled. */
function notices(inputs) {
  const folders = new Set(inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(relative(root, resolve(input))) ?? []));
  const sections = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    return `## ${name} ${version} (${license})\n\n${file === undefined ? '' : readFileSync(join(root, folder, file), 'utf8').trim()}\n`;
  });
  return `# Packages that are part of this one\n\n${sections.join('\n')}`;
}

/** The declarations that the entries reach, and no others. */
function copyTypes() {
  const pending = Object.values(ENTRIES).map((entry) => `${entry}.d.ts`);
  const seen = new Set(pending);
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    const text = readFileSync(join(core, 'out', file), 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
    const add = (specifier) => {
      const base = join(dirname(file), specifier);
      const found = [`${base}.d.ts`, join(base, 'index.d.ts')].find((candidate) => existsSync(join(core, 'out', candidate)));
      if (found !== undefined && !seen.has(found)) pending.push(found);
      seen.add(found);
    };
    const written = text.replace(/(from |import\()(['"])([^'"]+)\2/g, (whole, before, quote, specifier) => {
      if (specifier.startsWith('.')) add(specifier);
      else if (!specifier.startsWith('node:')) return `${before}${quote}${relative(dirname(file), join('packages', packageTypes(specifier))).replace(/^(?!\.)/, './')}${quote}`;
      return whole;
    });
    mkdirSync(dirname(join(stage, 'types', file)), { recursive: true });
    writeFileSync(join(stage, 'types', file), written);
  }
}

function packageTypes(name) {
  const source = TYPES_OF_PACKAGES[name];
  if (source === undefined) throw new Error(`the declarations mention the package ${name}: add it to TYPES_OF_PACKAGES, or keep it out of what is exported`);
  const copied = name.replace(/\.js$/, '');
  mkdirSync(join(stage, 'types', 'packages'), { recursive: true });
  cpSync(join(root, source), join(stage, 'types', 'packages', `${copied}.d.ts`));
  return copied;
}

function copyFiles() {
  for (const [from, to] of [['sandbox-core/README.md', 'README.md'], ['LICENSE', 'LICENSE'], ['schemas/policy.schema.json', 'schemas/policy.schema.json'], ['docs/problems', 'docs/problems'], ['docs/srt.1', 'docs/srt.1'], ['sandbox-core/bin/srt', 'bin/srt'], ['sandbox-core/bin/load-bundle.js', 'bin/load-bundle.js'], ['sandbox-core/native/src', 'native/src'], ['sandbox-core/native/front', 'native/front'], ['sandbox-core/native/preload', 'native/preload'], ['sandbox-core/native/build.mjs', 'native/build.mjs']]) cpSync(join(root, from), join(stage, to), { recursive: true });
  writeFileSync(join(stage, 'bin', 'srt.js'), `#!/usr/bin/env node\n'use strict';\nrequire('./load-bundle.js').loadBundle(require('node:path').join(__dirname, '..', 'lib', 'srt.js'));\n`);
  chmodSync(join(stage, 'bin', 'srt.js'), 0o755);
  // For machines without a C compiler; elsewhere they are built when the package is installed.
  for (const name of ['srt', 'srt-helper', 'srt-watch.so']) {
    const built = join(core, 'native', 'build', name);
    if (existsSync(built)) cpSync(built, join(stage, 'native', 'prebuilt', `${process.platform}-${process.arch}`, name));
  }
}

function manifest() {
  const { name, version, description, license, engines, keywords, bin, peerDependencies, peerDependenciesMeta } = JSON.parse(readFileSync(join(core, 'package.json'), 'utf8'));
  const exports = Object.fromEntries(Object.entries(ENTRIES).map(([path, entry]) => [path, { types: `./types/${entry}.d.ts`, default: `./lib/${entry.replace('/index', '')}.js` }]));
  return { name, version, description, keywords, license, engines, man: './docs/srt.1', main: './lib/index.js', types: './types/index.d.ts', exports: { ...exports, './package.json': './package.json' }, bin, scripts: { install: 'node native/build.mjs' }, peerDependencies, peerDependenciesMeta };
}
