import { strict as assert } from 'node:assert';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import * as vscode from 'vscode';

const load = createRequire(__filename);
const api = load('vscode') as Record<string, object>; // the object that the extension uses, too
const NAMESPACES = ['window', 'workspace', 'commands', 'languages', 'tasks', 'tests', 'lm'];

interface Extension {
  activate(context: Partial<vscode.ExtensionContext>): void;
  deactivate(): void;
}

export interface SecondActivation {
  readonly subscriptions: vscode.Disposable[];
  readonly extension: Extension;
  readonly times: { readonly load: number; readonly activate: number };
}

/** Loads the extension from its file once more, and activates it while VS Code's namespaces are what `wrap` makes of them. */
export function activateAgain(wrap: (name: string, namespace: object) => object): SecondActivation {
  const known = vscode.extensions.getExtension('srt-sandbox.srt-sandbox');
  assert.ok(known);
  const main = join(known.extensionPath, 'dist', 'extension.js');
  const before = NAMESPACES.map((name) => [name, api[name] ?? {}] as const);
  for (const [name, namespace] of before) api[name] = wrap(name, namespace);
  try {
    const subscriptions: vscode.Disposable[] = [];
    const context = { subscriptions, extension: known, logUri: vscode.Uri.file(join(known.extensionPath, 'dist')), extensionUri: known.extensionUri, extensionPath: known.extensionPath, asAbsolutePath: (path: string) => join(known.extensionPath, path), storageUri: undefined, globalStorageUri: vscode.Uri.file(join(known.extensionPath, 'dist')) };
    delete load.cache[main];
    const start = performance.now();
    const extension = load(main) as Extension;
    const loaded = performance.now();
    extension.activate(context);
    return { subscriptions, extension, times: { load: loaded - start, activate: performance.now() - loaded } };
  } finally {
    for (const [name, namespace] of before) api[name] = namespace;
  }
}
