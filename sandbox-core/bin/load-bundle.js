'use strict';
const { readFileSync, renameSync, rmSync, statSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname } = require('node:path');
const vm = require('node:vm');

/**
 * Runs a bundle, with what V8 compiled of it in an earlier run if that is still about this very file and this Node; without,
 * it starts slower, and keeps what it has compiled at its end.
 *
 * A bundle whose runs differ says by its export `worthKeeping()` whether this one was what most are.
 */
function loadBundle(bundle) {
  const path = cachePath(bundle);
  const kept = readCache(path);
  const script = compile(bundle, kept);
  const module = { exports: {} };
  if (kept === undefined) process.once('exit', () => (module.exports.worthKeeping?.() ?? true) && keep(path, script));
  script.runInThisContext().call(module.exports, module.exports, createRequire(bundle), module, bundle, dirname(bundle));
}

/** A file that was changed since has another name for its cache, and so has another Node. */
function cachePath(bundle) {
  const { size, mtimeMs } = statSync(bundle);
  return `${bundle}.${size}-${Math.round(mtimeMs)}-${process.version}-${process.arch}.cache`;
}

function readCache(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** V8 refuses a cache that another version or other flags made. */
function compile(bundle, cachedData) {
  const source = readFileSync(bundle, 'latin1'); // bundles are ASCII (scripts/bundling.mjs), and V8 takes that as it is
  return new vm.Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, { filename: bundle, cachedData });
}

/** Beside the bundle: who may write there may write the bundle, too, and nobody else is to. Where it cannot be written, the next run is slower. */
function keep(path, script) {
  const fresh = `${path}.${process.pid}`;
  try {
    writeFileSync(fresh, script.createCachedData(), { flag: 'wx', mode: 0o644 });
    renameSync(fresh, path); // whole, for whoever starts at this moment
  } catch {
    rmSync(fresh, { force: true });
  }
}

module.exports = { loadBundle };
