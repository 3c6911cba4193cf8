import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import ts from 'typescript';

import { root } from '../support/cli';

type Bundle = Readonly<Record<string, string>>;

const readJson = (path: string): Bundle => JSON.parse(readFileSync(join(root, path), 'utf8')) as Bundle;
const placeholders = (text: string): string[] => [...text.matchAll(/\{\d\}/g)].map(([found]) => found).sort();
const buttons = (text: string): string[] => [...text.matchAll(/\]\((command:[\w.]+)\)/g)].map(([, found]) => found ?? '');

/** The texts that the client shows, and calls of `l10n.t` that a bundle cannot translate as their text is made up at run time. */
function clientTexts(): { readonly texts: ReadonlySet<string>; readonly unreadable: readonly string[] } {
  const texts = new Set<string>();
  const unreadable: string[] = [];
  const folder = join(root, 'client', 'src');
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))) {
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && node.expression.getText(source) === 'vscode.l10n.t') {
        const [text] = node.arguments;
        if (text && ts.isStringLiteralLike(text)) texts.add(text.text);
        else unreadable.push(`${name}: ${node.getText(source)}`);
      }
      ts.forEachChild(node, visit);
    };
    const source = ts.createSourceFile(name, readFileSync(join(folder, name), 'utf8'), ts.ScriptTarget.Latest);
    visit(source);
  }
  return { texts, unreadable };
}

describe('the German translation', () => {
  const german = readJson('l10n/bundle.l10n.de.json');

  it('has every text of the extension, and no other', () => {
    const { texts, unreadable } = clientTexts();
    assert.deepEqual(unreadable, []);
    assert.ok(texts.size > 50);
    assert.deepEqual(Object.keys(german).sort(), [...texts].sort());
  });

  it('has the same values in them', () => {
    assert.deepEqual(Object.entries(german).filter(([english, text]) => text === '' || String(placeholders(english)) !== String(placeholders(text))), []);
  });

  it('has every text of the manifest, with the same buttons', () => {
    const english = readJson('package.nls.json');
    const translated = readJson('package.nls.de.json');
    const used = [...readFileSync(join(root, 'package.json'), 'utf8').matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key);
    assert.deepEqual(Object.keys(english).sort(), [...new Set(used)].sort());
    assert.deepEqual(Object.keys(translated).sort(), Object.keys(english).sort());
    assert.deepEqual(Object.entries(english).filter(([key, text]) => String(buttons(text)) !== String(buttons(translated[key] ?? ''))), []);
  });
});
