import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { programs } from '../programs/catalogue';
import { programsDocument } from '../programs/document';
import { root } from '../support/cli';

describe('docs/network-programs.md', () => {
  it('lists the programs that are tried', () => {
    assert.ok(readFileSync(join(root, 'docs', 'network-programs.md'), 'utf8') === programsDocument(programs), 'docs/network-programs.md is stale; run: npm run test:programs');
  });
});
