import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { catalogue } from '../attacks/catalogue';
import { attacksDocument } from '../attacks/document';
import { root } from '../support/cli';

describe('docs/attacks.md', () => {
  it('lists the cases that are run', () => {
    assert.ok(readFileSync(join(root, 'docs', 'attacks.md'), 'utf8') === attacksDocument(catalogue), 'docs/attacks.md is stale; run: npm run test:attacks');
  });
});
