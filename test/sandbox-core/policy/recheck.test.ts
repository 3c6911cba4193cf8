import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { createPolicyChecker, validatePolicy, type AbsolutePath, type ValidatedPolicy, type ValidationOptions } from 'sandbox-core/policy';

import { fc } from '../../support/properties';
import { policyOf } from '../../support/policies';
import { FACTS } from '../../support/policy-facts';

const HOSTS = ['example.com', '*.example.com', 'a.example.com', 'A.example.com', 'example.com:443', '*', '*:22', 'localhost', '127.0.0.1', '[::1]', '0x7f.1', 'exa', ' b.example.com', '*.com', '*.co.uk', '169.254.169.254', 'b.a.example.com', ''];
const PATHS = ['.', '~', '/', './src', './src/a', 'src', './src/*', '**/*.pem', './src/**', './src/a/b', '~/.ssh', '~/.ssh/id', '/usr', '/etc', '/repo', './sandbox.json', './.git', '$HOME/x', '{a,b}', './src/[id]', '', '/repo/src/keys.txt', '~/.aws', '../..'];
/** Mostly texts: with anything else in its lists a policy is checked as a whole. */
const list = (texts: readonly string[], others: readonly unknown[]): fc.Arbitrary<unknown[]> =>
  fc.oneof({ arbitrary: fc.array(fc.constantFrom<unknown>(...texts), { minLength: 3, maxLength: 14 }), weight: 14 }, fc.array(fc.constantFrom<unknown>(...texts, ...others), { maxLength: 5 }));
const hosts = list(HOSTS, [7, null]);
const paths = list(PATHS, [{ path: './src', literal: true }, { path: './src/**', literal: true }, { path: 3 }, 5]);

const policy = fc.record(
  {
    extends: fc.constant(['node']),
    network: fc.record({ allowedDomains: hosts, deniedDomains: hosts, deniedDomainReasons: fc.dictionary(fc.constantFrom(...HOSTS), fc.constantFrom('because', '')), tlsTerminate: fc.constant({ caKeyPath: './src/a/key', caCertPath: './c', excludeDomains: ['a.example.com'] }) }, { requiredKeys: ['allowedDomains', 'deniedDomains'] }),
    filesystem: fc.record({ denyRead: paths, allowRead: paths, allowWrite: paths, denyWrite: paths, disabled: fc.boolean() }, { requiredKeys: ['denyRead', 'allowWrite', 'denyWrite'] }),
    credentials: fc.constantFrom({ files: [{ path: './src/a', mode: 'deny' }] }, { files: [{ path: '~/.ssh/id', mode: 'mask', injectHosts: ['a.example.com'] }] }, { files: [{ path: './src/keys.txt', mode: 'mask' }] }),
  },
  { requiredKeys: ['network', 'filesystem'] },
);

/** Near the place where a random number points to: an entry is replaced, removed, put in, or any text is. */
const edit = fc.record({ at: fc.noBias(fc.nat(9999)).map((part) => part / 10_000), to: fc.oneof({ arbitrary: fc.constantFrom(...HOSTS, ...PATHS).map((text) => ({ entry: JSON.stringify(text) })), weight: 40 }, { arbitrary: fc.constantFrom({ remove: true }, { put: '"./new",' }, { put: '"c.example.com",' }, { put: '{ "path": "./src", "literal": true }, ' }, { put: '// comment\n' }), weight: 20 }, fc.constantFrom({ letter: 'x' }, { letter: '/' }, { letter: '"' }, { letter: ',' }, { letter: '*' }, { cut: 1 }, { cut: 3 })) });
type Edit = typeof edit extends fc.Arbitrary<infer Value> ? Value : never;

function edited(text: string, { at, to }: Edit): string {
  const offset = Math.floor(at * text.length);
  if ('letter' in to) return text.slice(0, offset) + to.letter + text.slice(offset);
  if ('cut' in to) return text.slice(0, offset) + text.slice(offset + to.cut);
  const entry = /"[^"\n]*"(?=,?\n)/g;
  entry.lastIndex = offset;
  const found = entry.exec(text);
  if (!found) return text;
  const end = found.index + found[0].length;
  if ('put' in to) return text.slice(0, found.index) + to.put + text.slice(found.index);
  if ('entry' in to) return text.slice(0, found.index) + to.entry + text.slice(end);
  return text[end] === ',' ? text.slice(0, found.index) + text.slice(end + 1) : text;
}

/** A tree's nodes with their places; a node knows its parent. */
function shape({ syntax, policy: value, problems }: ValidatedPolicy): unknown {
  const nodeShape = (node: NonNullable<typeof syntax.root>, parent?: typeof node): unknown => {
    assert.equal(node.parent, parent);
    return [node.type, node.offset, node.length, node.colonOffset, node.value, node.children?.map((child) => nodeShape(child, node))];
  };
  return { root: syntax.root && nodeShape(syntax.root), syntaxProblems: [...syntax.problems].sort((a, b) => a.range.offset - b.range.offset), value, problems };
}

describe('checking a policy again after an edit', () => {
  it('finds what a check of the whole finds, after any edits', () => {
    const options = fc.record({ platform: fc.constantFrom('linux', 'macos', 'windows'), portable: fc.boolean(), knowsMachine: fc.boolean() });
    fc.assert(
      fc.property(policy, options, fc.array(edit, { minLength: 1, maxLength: 12 }), (start, { knowsMachine, ...chosen }, edits) => {
        const all: ValidationOptions = { ...chosen, ...(knowsMachine && { facts: FACTS }) };
        const checker = createPolicyChecker(() => all);
        let text = JSON.stringify(start, null, 2);
        checker.check(text);
        for (const next of edits) {
          text = edited(text, next);
          assert.deepEqual(shape(checker.check(text)), shape(validatePolicy(text, all)), text);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('looks at what the edit can have to do with, and not at thousands of other entries', () => {
    let lookups = 0;
    const facts = { ...FACTS, kindOf: (path: AbsolutePath) => (lookups++, FACTS.kindOf(path)) };
    const checker = createPolicyChecker(() => ({ platform: 'linux', facts }));
    const allowWrite = Array.from({ length: 3000 }, (_, index) => `./folder-${index}/file`);
    let text = JSON.stringify(policyOf({ filesystem: { denyRead: ['./folder-7'], allowWrite, denyWrite: ['./folder-9'] } }), null, 2);
    checker.check(text);
    assert.ok(lookups >= 3000);
    lookups = 0;
    for (const [from, to] of [['folder-7/file', 'folder-7/files'], ['"./folder-8/file",', '"./folder-8/file", "./new",'], ['"./folder-5/file",', ''], ['folder-9/file', 'folder-9/x']] as const) {
      text = text.replace(from, to);
      checker.check(text);
    }
    assert.ok(lookups < 300, `${lookups} lookups for 4 edits`);
    assert.deepEqual(checker.check(text.replace('folder-1/', 'folder-2/')).problems, validatePolicy(text.replace('folder-1/', 'folder-2/'), { platform: 'linux', facts }).problems);
  });
});
