import { strict as assert } from 'node:assert';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, it } from 'node:test';

import * as ts from 'typescript';

import { root } from '../support/cli';

/** docs/architecture.md, "Layers": what may import what. A folder may always import from itself. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  'sandbox-core/src/policy': [],
  'sandbox-core/src/plan': ['sandbox-core/src/policy', 'sandbox-core/src/host/facts.ts'],
  'sandbox-core/src/credentials': ['sandbox-core/src/policy'],
  'sandbox-core/src/network': ['sandbox-core/src/policy', 'sandbox-core/src/credentials'],
  'sandbox-core/src/monitor': ['sandbox-core/src/policy'],
  'sandbox-core/src/host': ['sandbox-core/src/policy', 'sandbox-core/src/errors.ts'],
  'sandbox-core/src/agent': ['sandbox-core/src/policy', 'sandbox-core/src/sandbox/terminal.ts', 'sandbox-core/src/monitor', 'sandbox-core/src/host', 'sandbox-core/src/launch', 'sandbox-core/src/errors.ts'],
  'sandbox-core/src/sandbox': ['sandbox-core/src/policy', 'sandbox-core/src/plan/limits.ts', 'sandbox-core/src/monitor', 'sandbox-core/src/host', 'sandbox-core/src/launch', 'sandbox-core/src/errors.ts'],
  'sandbox-core/src/compat': ['sandbox-core/src/sandbox', 'sandbox-core/src/policy', 'sandbox-core/src/monitor/ignored.ts', 'sandbox-core/src/network/http/filter.ts', 'sandbox-core/src/host', 'sandbox-core/src/launch', 'sandbox-core/src/errors.ts'],
  'sandbox-core/src/learn': ['sandbox-core/src/policy', 'sandbox-core/src/host', 'sandbox-core/src/launch', 'sandbox-core/src/errors.ts'],
  'sandbox-core/src/cli': ['sandbox-core/src/agent', 'sandbox-core/src/learn', 'sandbox-core/src/policy', 'sandbox-core/src/plan', 'sandbox-core/src/credentials', 'sandbox-core/src/network', 'sandbox-core/src/monitor', 'sandbox-core/src/host', 'sandbox-core/src/launch', 'sandbox-core/src/errors.ts'],
  'sandbox-core/src/launch': ['sandbox-core/src/policy', 'sandbox-core/src/plan', 'sandbox-core/src/credentials', 'sandbox-core/src/network', 'sandbox-core/src/monitor', 'sandbox-core/src/host', 'sandbox-core/src/errors.ts'],
  'sandbox-core/src/errors.ts': ['sandbox-core/src/plan/plan.ts'],
  'sandbox-core/src/index.ts': ['sandbox-core/src'],
  'server/src': ['sandbox-core/src/policy'],
  'client/src/session-host': ['sandbox-core/src/index.ts', 'sandbox-core/src/policy'],
  'client/src': ['sandbox-core/src/index.ts', 'sandbox-core/src/policy', 'server/src/protocol.ts', 'client/src'],
};

/** Modules of Node and packages that a layer must not touch, at any distance. */
const PURE = /^(node:)?(fs|fs\/promises|net|dgram|tls|http|https|http2|child_process|os|worker_threads|process|vscode)$/;
const WITHOUT: Readonly<Record<string, RegExp>> = {
  'sandbox-core/src/policy': PURE,
  'sandbox-core/src/plan': PURE,
  'sandbox-core/src': /^vscode$/,
  'server/src': /^(vscode|(node:)?(child_process|net|dgram|http))$/,
};

const WORKSPACE_MODULES: Readonly<Record<string, string>> = {
  'sandbox-core': 'sandbox-core/src/index.ts',
  'sandbox-core/policy': 'sandbox-core/src/policy/index.ts',
  'srt-language-server/protocol': 'server/src/protocol.ts',
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly specifier: string;
}

const sources = ['sandbox-core/src', 'server/src', 'client/src'].flatMap((folder) => sourceFiles(join(root, folder))).map((path) => relative(root, path));
const imports = sources.flatMap(importsOf);

describe('the import graph', () => {
  it('keeps to the layers', () => {
    const breaches = imports
      .filter(({ to }) => sources.includes(to))
      .filter(({ from, to }) => {
        const layer = layerOf(from);
        const allowed = layer === undefined ? [] : [layer, ...(LAYERS[layer] ?? [])];
        return !allowed.some((prefix) => to === prefix || to.startsWith(prefix + '/'));
      });
    assert.deepEqual(breaches.map(({ from, to }) => `${from} must not import ${to}`), []);
  });

  it('keeps the world out of what is pure, also indirectly', () => {
    const breaches = Object.entries(WITHOUT).flatMap(([layer, forbidden]) =>
      sources.filter((file) => file.startsWith(layer + '/')).flatMap((file) => reached(file).filter(({ specifier }) => forbidden.test(specifier)).map(({ from, specifier }) => `${file} reaches ${specifier} through ${from}`)),
    );
    assert.deepEqual(breaches, []);
  });

  it('goes through each package\'s front door', () => {
    const inside = imports.filter(({ specifier }) => /^(sandbox-core|srt-language-server)\/internal\//.test(specifier));
    assert.deepEqual(inside.map(({ from, specifier }) => `${from}: ${specifier}`), []);
  });

  it('has no file that nothing needs', () => {
    const entries = ['sandbox-core/src/index.ts', 'sandbox-core/src/policy/index.ts', 'sandbox-core/src/compat/index.ts', 'sandbox-core/src/compat/session-worker.ts', 'sandbox-core/src/cli/bin.ts', 'sandbox-core/src/cli/manual-page.ts', 'server/src/main.ts', 'server/src/protocol.ts', 'client/src/extension.ts', 'client/src/session-host/main.ts'];
    const needed = new Set(entries.flatMap((entry) => [entry, ...reached(entry).map(({ to }) => to)]));
    assert.deepEqual(sources.filter((file) => !needed.has(file)), []);
  });
});

describe('the sources', () => {
  it('read the environment only in host, the CLI and the client', () => {
    const readers = sources.filter((file) => /process\.env\b/.test(readFileSync(join(root, file), 'utf8')));
    assert.deepEqual(readers.filter((file) => !/^(sandbox-core\/src\/(host|cli)|client\/src)\//.test(file)), []);
  });

  it('keep no state in modules', () => {
    const stateful = sources.filter((file) => /^(export )?let |^(export )?const \w+ = new (Map|Set|WeakMap)\(\)/m.test(readFileSync(join(root, file), 'utf8')));
    assert.deepEqual(stateful, []);
  });
});

function layerOf(file: string): string | undefined {
  return Object.keys(LAYERS).filter((layer) => file === layer || file.startsWith(layer + '/')).sort((a, b) => b.length - a.length)[0];
}

/** Every import made by a file and, inside the repository, by what it imports. Imports of types alone reach nothing. */
function reached(file: string, seen = new Set<string>()): Import[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const own = imports.filter(({ from }) => from === file);
  return [...own, ...own.flatMap(({ to }) => reached(to, seen))];
}

function importsOf(file: string): Import[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest);
  const specifiers: string[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) specifiers.push(node.moduleSpecifier.text);
    if (ts.isCallExpression(node) && node.arguments[0] && ts.isStringLiteral(node.arguments[0]) && /^(import|require)$/.test(node.expression.getText(source))) specifiers.push(node.arguments[0].text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return specifiers.map((specifier) => ({ from: file, to: resolveImport(file, specifier), specifier }));
}

function resolveImport(from: string, specifier: string): string {
  if (!specifier.startsWith('.')) return WORKSPACE_MODULES[specifier] ?? specifier;
  const base = resolve(root, dirname(from), specifier.replace(/\.js$/, '')); // import() names the compiled file
  const found = [`${base}.ts`, join(base, 'index.ts')].find((candidate) => existsSync(candidate));
  return found === undefined ? specifier : relative(root, found);
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sourceFiles(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}
