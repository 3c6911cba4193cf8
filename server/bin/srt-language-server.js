#!/usr/bin/env node
'use strict';
const { existsSync } = require('node:fs');
const { join } = require('node:path');

// The bundle starts faster; a checkout that is only compiled works too.
const candidates = [join(__dirname, '..', '..', 'dist', 'server.js'), join(__dirname, '..', 'out', 'main.js')];
const built = candidates.find((candidate) => existsSync(candidate));
if (built === undefined) {
  console.error('srt-language-server: not built yet; run: npm run build');
  process.exit(1);
}
require(built);
