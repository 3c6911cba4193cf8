import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { root } from '../support/cli';

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string; readonly title: string }[] };
}

const read = (...names: string[]): string => readFileSync(join(root, ...names), 'utf8');

describe('the commands of the extension', () => {
  it('are each used in a real VS Code, by name or by title', () => {
    const manifest = JSON.parse(read('package.json')) as Manifest;
    const titles = JSON.parse(read('package.nls.json')) as Readonly<Record<string, string>>;
    const tests = ['integration', 'end-to-end'].flatMap((folder) => readdirSync(join(root, 'test', 'vscode', folder)).map((name) => read('test', 'vscode', folder, name))).join('\n');
    const unused = manifest.contributes.commands.filter(({ command, title }) => !tests.includes(`'${command}'`) && !tests.includes(`'srt: ${titles[title.slice(1, -1)]}'`));
    assert.deepEqual(unused.map(({ command }) => command), []);
  });
});
