import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { absolutePath, ancestorsAndSelf, containsPath, expandPath, isGlob, matchDepth, nameBelow, toPathPattern, withoutSubtreeSuffix } from 'sandbox-core/policy';

import { fc } from '../../support/properties';

function matches(glob: string, path: string): boolean {
  return matchDepth(toPathPattern(absolutePath(glob), false), ancestorsAndSelf(absolutePath(path))) !== undefined;
}

describe('path patterns', () => {
  const table: readonly (readonly [glob: string, path: string, expected: boolean])[] = [
    ['/a/*.key', '/a/x.key', true],
    ['/a/*.key', '/a/b/x.key', false],
    ['/a/*.key', '/a/x.key/below', true],
    ['/a/**/x', '/a/x', true],
    ['/a/**/x', '/a/b/c/x', true],
    ['/a/**/**/x', '/a/b/x', true],
    ['/a/**', '/a/b/c', true],
    ['/**/.env*', '/.env', true],
    ['/**/.env*', '/repo/a/.env.local', true],
    ['/**/.env*', '/repo/env', false],
    ['/a/?', '/a/b', true],
    ['/a/?', '/a/bc', false],
    ['/a/[xy]', '/a/y', true],
    ['/a/[xy]', '/a/z', false],
    ['/a/[0-9]', '/a/7', true],
    ['/a/[!x]', '/a/!', true], // no negation: "!" is a member
    ['/a/[!x]', '/a/y', false],
    ['/a/[z-a]', '/a/[z-a]', true], // a backward range is text
    ['/a/[]', '/a/[]', true],
    ['/a/{b,c}', '/a/b', false], // no braces
    ['/a/*.[ch]', '/a/x.c', true],
    ['/a/*/secret', '/a/b/secret/deep', true],
    ['/a/(b)+', '/a/(b)+', true],
  ];
  for (const [glob, path, expected] of table) it(`${glob} ${expected ? 'covers' : 'does not cover'} ${path}`, () => assert.equal(matches(glob, path), expected));

  it('takes the deepest directory that matches as the specific one', () => {
    const pattern = toPathPattern(absolutePath('/**/secret'), false);
    assert.equal(matchDepth(pattern, ancestorsAndSelf(absolutePath('/a/secret/b/secret/c'))), 4);
  });

  it('does not slow down on repeated wildcards', () => {
    const glob = '/' + '**/'.repeat(30) + 'x';
    assert.equal(matches(glob, '/' + 'a/'.repeat(200) + 'y'), false);
  });

  it('finds a name below a directory as an expression for it would', () => {
    const word = fc.constantFrom('a', 'A', 'node_modules', 'Node_Modules', '.git', '.GIT', 'hooks', 'Hooks', 'xhooks', '\u017fhell', 'shell', '\u00c4rger', '\u00e4rger');
    const escaped = (text: string): string => text.replaceAll('.', '\\.');
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), fc.constantFrom('/', '/a', '/a/.git'), fc.constantFrom('hooks', '.git/hooks', 'shell', '\u00e4rger'), (components, prefix, name) => {
        const path = absolutePath(`/${components.join('/')}`);
        const expression = new RegExp(`^${prefix === '/' ? '' : escaped(prefix)}/(?!(?:.*/)?node_modules/)(?:[^/]+/)*${escaped(name)}$`, 'siu');
        assert.equal(nameBelow(absolutePath(prefix), name, 'node_modules').names(path), expression.test(path));
      }),
      { numRuns: 5000 },
    );
  });

  it('sets a trailing /** aside', () => {
    assert.deepEqual(['a/**', 'a/**/**', '/**', '**', 'a/*'].map(withoutSubtreeSuffix), ['a', 'a', '/', '**', 'a/*']);
    assert.deepEqual(['a/**', 'a/*', 'a[1]', 'a'].map(isGlob), [false, true, true, false]);
  });
});

describe('paths of a policy', () => {
  const context = { base: absolutePath('/repo'), home: absolutePath('/home/me') };
  it('are absolute, relative, or start at home', () => {
    const spelled = ['/a//b/./c/', '.', './x/', '../y', '~', '~/z', '~user/x', '$HOME/x'];
    assert.deepEqual(spelled.map((path) => expandPath(path, context)), ['/a/b/c', '/repo', '/repo/x', '/y', '/home/me', '/home/me/z', '/repo/~user/x', '/repo/$HOME/x']);
  });

  it('are compared by components', () => {
    assert.equal(containsPath(absolutePath('/home'), absolutePath('/homeevil')), false);
    assert.equal(containsPath(absolutePath('/'), absolutePath('/x')), true);
    assert.deepEqual(ancestorsAndSelf(absolutePath('/a/b')), ['/', '/a', '/a/b']);
    assert.deepEqual(ancestorsAndSelf(absolutePath('/')), ['/']);
  });
});
