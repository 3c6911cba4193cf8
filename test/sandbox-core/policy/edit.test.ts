import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { applyEdits } from 'jsonc-parser';
import { applyEdit, parsePolicy, removeEntries, toPointer } from 'sandbox-core/policy';

import { fc } from '../../support/properties';

const remove = (text: string, ...path: (string | number)[]): string => applyEdit(text, { kind: 'remove', pointer: toPointer(path) });

describe('removing a part of a policy', () => {
  it('takes its comments along, and leaves those of its neighbours', () => {
    const list = '{ "a": [ // of a\n  "x", // of x\n  // of y\n  "y", // of y\n  "z" // of z\n] }';
    assert.equal(remove(list, 'a', 0), '{ "a": [ // of a\n  // of y\n  "y", // of y\n  "z" // of z\n] }');
    assert.equal(remove(list, 'a', 1), '{ "a": [ // of a\n  "x", // of x\n  "z" // of z\n] }');
    assert.equal(remove(list, 'a', 2), '{ "a": [ // of a\n  "x", // of x\n  // of y\n  "y" // of y\n] }');
    const keys = '{\n  "x": 1, // of x\n  "y": [ // of y\n    1\n  ], // of y\n  "z": 3 // of z\n}';
    assert.equal(remove(keys, 'y'), '{\n  "x": 1, // of x\n  "z": 3 // of z\n}');
    assert.equal(remove(keys, 'z'), '{\n  "x": 1, // of x\n  "y": [ // of y\n    1\n  ] // of y\n}');
  });

  it('changes the value that counts of a key that is given twice, or nothing', () => {
    const twice = '{ "a": ["x", "y"], "a": ["p", "p"] }';
    assert.equal(remove(twice, 'a', 1), '{ "a": ["x", "y"], "a": ["p"] }');
    assert.equal(applyEdit(twice, { kind: 'append', pointer: toPointer(['a']), value: 'z' }), twice);
    assert.equal(applyEdit('{ "b": { "a": 1 }, "b": {} }', { kind: 'set', pointer: toPointer(['b', 'a']), value: 2 }), '{ "b": { "a": 1 }, "b": {} }');
  });

  it('closes what it empties, unless a comment is left', () => {
    assert.equal(remove('{ "a": [\n  "x"\n] }', 'a', 0), '{ "a": [] }');
    assert.equal(remove('{ "a": [ // all\n  "x" // one\n] }', 'a', 0), '{ "a": [ // all\n] }');
    assert.equal(remove('{\n  "a": 1\n}', 'a'), '{}');
    assert.equal(remove('{ "a": 1 }', 'b'), '{ "a": 1 }');
  });

  it('leaves a list in order, whatever goes and whatever is noted', () => {
    const entry = fc.record({ gone: fc.boolean(), above: fc.boolean(), behind: fc.constantFrom('', ' /* b */', ' // b'), eol: fc.boolean() });
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 6 }), fc.boolean(), (entries, trailing) => {
        const text = `{ "a": [${entries.map(({ above, behind, eol }, index) => `${above ? `\n// k${index}\n` : ''}"${index}"${index < entries.length - 1 || trailing ? ',' : ''}${behind.replace('b', `k${index}`)}${eol || behind.includes('//') ? '\n' : ' '}`).join('')}] }`;
        const gone = entries.flatMap((one, index) => (one.gone ? [index] : []));
        const result = applyEdits(text, removeEntries(parsePolicy(text), gone.map((index) => toPointer(['a', index]))));
        const { root, problems } = parsePolicy(result);
        assert.deepEqual(problems.filter(({ code }) => code === 'json-syntax' || (code === 'json-trailing-comma' && !trailing)), [], `${text}\n${result}`);
        assert.deepEqual(root?.children?.[0]?.children?.[1]?.children?.map(({ value }) => value as unknown), entries.flatMap((one, index) => (one.gone ? [] : [String(index)])));
        for (const [index, one] of entries.entries()) if (!one.gone && entries.every((other) => other.eol)) assert.equal(result.split(`k${index}`).length, text.split(`k${index}`).length, `${text}\n${result}`);
      }),
    );
  });
});
