import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, it } from 'node:test';

import { root } from '../support/cli';

interface GeneratedFile {
  readonly path: string;
  readonly content: string;
}

describe('generated files', () => {
  it('are current', async () => {
    const { generatedFiles } = (await import(pathToFileURL(join(root, 'scripts', 'generate.mjs')).href)) as { generatedFiles: () => Promise<GeneratedFile[]> };
    const files = await generatedFiles();
    assert.ok(files.length >= 4);
    const stale = files.filter(({ path, content }) => readFileSync(join(root, path), 'utf8') !== content).map(({ path }) => path);
    assert.deepEqual(stale, [], 'run: npm run generate');
    assert.deepEqual(files.filter(({ content }) => !/^(\/\/|\/\*\*?|<!--|\.\\").*npm run generate/m.test(content.split('\n').slice(0, 4).join('\n'))).map(({ path }) => path), [], 'a header names the command');
  });
});
