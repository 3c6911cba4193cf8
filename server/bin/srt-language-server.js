#!/usr/bin/env node
'use strict';
const { existsSync } = require('node:fs');
const { join } = require('node:path');

// The bundle starts faster; a checkout that is only compiled works too.
const bundle = join(__dirname, '..', '..', 'dist', 'server.js');
const compiled = join(__dirname, '..', 'out', 'main.js');
if (existsSync(bundle)) require('../../sandbox-core/bin/load-bundle.js').loadBundle(bundle);
else if (existsSync(compiled)) require(compiled);
else {
  console.error('srt-language-server: not built yet; run: npm run build');
  process.exit(1);
}
