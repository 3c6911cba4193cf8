import { strict as assert } from 'node:assert';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import * as vscode from 'vscode';

import { note } from '../support';

const load = createRequire(__filename);
const api = load('vscode') as Record<string, object>; // the object that the extension uses, too
const NAMESPACES = ['window', 'workspace', 'commands', 'languages', 'tasks', 'tests', 'lm'];

interface Made {
  readonly name: string;
  isDisposed: boolean;
}

/** Notes everything of a namespace that has to be disposed of. What can be registered once only, and already is, is made up. */
function noting(namespace: object, prefix: string, made: Made[]): object {
  return new Proxy(namespace, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        if (name === 'createTestController') args[0] = `${String(args[0])}.again`;
        const result = String(name).startsWith('register') ? { dispose: () => undefined } : (member.apply(target, args) as unknown);
        return isDisposable(result) ? noted(result, { name: `${prefix}.${String(name)}(${args.filter((arg) => typeof arg === 'string').join()})`, isDisposed: false }, made) : result;
      };
    },
  });
}

function isDisposable(result: unknown): result is vscode.Disposable {
  return typeof result === 'object' && result !== null && 'dispose' in result && typeof result.dispose === 'function';
}

function noted<Result extends vscode.Disposable>(result: Result, entry: Made, made: Made[]): Result {
  made.push(entry);
  return new Proxy(result, {
    get(target, name) {
      if (name === 'dispose') entry.isDisposed = true;
      const member = Reflect.get(target, name) as unknown;
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
    set: (target, name, value) => Reflect.set(target, name, value),
  });
}

interface Extension {
  activate(context: Partial<vscode.ExtensionContext>): void;
  deactivate(): void;
}

describe('the extension', () => {
  it('disposes of everything that it makes when it is activated', () => {
    const extension = vscode.extensions.getExtension('srt-sandbox.srt-sandbox');
    assert.ok(extension);
    const main = join(extension.extensionPath, 'dist', 'extension.js');
    const made: Made[] = [];
    const before = NAMESPACES.map((name) => [name, api[name]] as const);
    const { subscriptions, extension: code } = activateAgain(extension, main, made);
    for (const [name, namespace] of before) api[name] = namespace ?? {};
    code.deactivate();
    for (const each of [...subscriptions].reverse()) each.dispose();
    assert.ok(made.length > 30, made.map(({ name }) => name).join());
    assert.deepEqual(made.filter(({ isDisposed }) => !isDisposed).map(({ name }) => name), []);
  });
});

/** A second time, from the file: what is measured is what a window pays. */
function activateAgain(extension: vscode.Extension<unknown>, main: string, made: Made[]): { readonly subscriptions: vscode.Disposable[]; readonly extension: Extension } {
  for (const name of NAMESPACES) api[name] = noting(api[name] ?? {}, name, made);
  const subscriptions: vscode.Disposable[] = [];
  const context = { subscriptions, extension, logUri: vscode.Uri.file(join(extension.extensionPath, 'dist')), extensionUri: extension.extensionUri, extensionPath: extension.extensionPath, asAbsolutePath: (path: string) => join(extension.extensionPath, path), storageUri: undefined, globalStorageUri: vscode.Uri.file(join(extension.extensionPath, 'dist')) };
  delete load.cache[main];
  const start = performance.now();
  const code = load(main) as Extension;
  const loaded = performance.now();
  code.activate(context);
  note('the extension', `activation: ${(loaded - start).toFixed(1)} ms to load, ${(performance.now() - loaded).toFixed(1)} ms to activate`);
  return { subscriptions, extension: code };
}
