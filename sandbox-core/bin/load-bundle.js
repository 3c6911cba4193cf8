'use strict';
const { readFileSync, statSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname } = require('node:path');
const vm = require('node:vm');

/**
 * Runs a bundle, with what V8 compiled of it when it was built (scripts/code-cache.mjs) if that is still about this very
 * file and this very V8; without, it only starts slower.
 */
function loadBundle(bundle) {
  run(compile(bundle, readCache(bundle)), bundle);
}

/** A file that was changed since has another name for its cache. */
function cachePath(bundle) {
  const { size, mtimeMs } = statSync(bundle);
  return `${bundle}.${size}-${Math.round(mtimeMs)}.cache`;
}

function readCache(bundle) {
  try {
    return readFileSync(cachePath(bundle));
  } catch {
    return undefined;
  }
}

/** V8 refuses a cache that another version or other flags made. */
function compile(bundle, cachedData) {
  const source = readFileSync(bundle, 'latin1'); // bundles are ASCII (scripts/bundling.mjs), and V8 takes that as it is
  return new vm.Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, { filename: bundle, cachedData });
}

function run(script, bundle) {
  const module = { exports: {} };
  script.runInThisContext().call(module.exports, module.exports, createRequire(bundle), module, bundle, dirname(bundle));
}

module.exports = { loadBundle, cachePath, compile, run };
