import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';

import { root } from '../support/cli';

describe('documentation', () => {
  it('links to files that exist', () => {
    const { stdout } = spawnSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { cwd: root, encoding: 'utf8' });
    const pages = stdout.trim().split('\n');
    assert.ok(pages.includes('README.md'), 'git lists the pages');
    const links = pages.flatMap((page) => [...readFileSync(join(root, page), 'utf8').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target]) => ({ page, target: target ?? '' })));
    const broken = links.filter(({ target }) => !/^[a-z]+:/.test(target)).filter(({ page, target }) => !existsSync(join(root, dirname(page), target)));
    assert.deepEqual(broken, []);
  });
});
