import { strict as assert } from 'node:assert';

import type * as vscode from 'vscode';

import { activateAgain } from '../second-activation';
import { note } from '../support';

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

describe('the extension', () => {
  it('disposes of everything that it makes when it is activated', () => {
    const made: Made[] = [];
    const { subscriptions, extension, times } = activateAgain((name, namespace) => noting(namespace, name, made));
    note('the extension', `activation: ${times.load.toFixed(1)} ms to load, ${times.activate.toFixed(1)} ms to activate`);
    extension.deactivate();
    for (const each of [...subscriptions].reverse()) each.dispose();
    assert.ok(made.length > 30, made.map(({ name }) => name).join());
    assert.deepEqual(made.filter(({ isDisposed }) => !isDisposed).map(({ name }) => name), []);
  });
});
