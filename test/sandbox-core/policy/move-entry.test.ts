import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { moveEntry, type MovedEntry, type PolicyPointer } from 'sandbox-core/policy';

function policy(denyRead: string, rest = ''): string {
  return `{ "filesystem": { "denyRead": ${denyRead}, "allowWrite": [], "denyWrite": [] }${rest} }`;
}

function list(text: string): string {
  return /"denyRead": (\[[^\]]*\])/.exec(text)![1]!;
}

function move(source: string, index: number, target = '[]'): MovedEntry {
  const value: unknown = (JSON.parse(source.replace(/\/\/.*|\/\*.*?\*\//g, '')) as unknown[])[index];
  const moved = moveEntry(policy(source), `/filesystem/denyRead/${index}` as PolicyPointer, policy(target), value);
  return { source: list(moved.source), target: list(moved.target) };
}

describe('moving an entry', () => {
  it('takes the comma that is too many, first, in the middle, last and alone', () => {
    const sources = [0, 1, 2].map((index) => move('["a", "b", "c"]', index).source);
    assert.deepEqual([...sources, move('["a"]', 0).source, move('[ "a" ]', 0).source.replaceAll(' ', '')], ['["b", "c"]', '["a", "c"]', '["a", "b"]', '[]', '[]']);
  });

  it('takes the line along', () => {
    assert.deepEqual([0, 1, 2].map((index) => move('[\n  "a",\n  "b",\n  "c"\n]', index).source), ['[\n  "b",\n  "c"\n]', '[\n  "a",\n  "c"\n]', '[\n  "a",\n  "b"\n]']);
  });

  const noted = '[ // all of them\n  // about a\n  "a", // more about a\n\n  // about b\n  // at length\n  "b",\n  "c" // about c\n]';

  it('takes the comments of the entry along and leaves those of others', () => {
    assert.deepEqual(move(noted, 0, '[\n    "z"\n  ]'), { source: '[ // all of them\n\n  // about b\n  // at length\n  "b",\n  "c" // about c\n]', target: '[\n    "z",\n    // about a\n    // more about a\n    "a"\n  ]' });
    assert.deepEqual(move(noted, 1, '["z"]'), { source: '[ // all of them\n  // about a\n  "a", // more about a\n\n  "c" // about c\n]', target: '[\n      "z",\n      // about b\n      // at length\n      "b"\n    ]' });
    assert.equal(move(noted, 2).source, '[ // all of them\n  // about a\n  "a", // more about a\n\n  // about b\n  // at length\n  "b"\n]');
  });

  it('keeps a comment on one line with two entries at its own', () => {
    assert.equal(move('["a", /* about b */ "b"]', 0).source, '[/* about b */ "b"]');
    assert.equal(move('["a", /* about b */ "b"]', 1).source, '["a"]');
    assert.equal(move('["a" /* about a */, "b"]', 0).source, '["b"]');
  });

  it('leaves a target alone that has the entry', () => {
    assert.deepEqual(move('["a", "b"]', 0, '[ "a" ]'), { source: '["b"]', target: '[ "a" ]' });
  });

  it('takes the reason of a denied domain along, if the domain is denied only once', () => {
    const source = '{"network": {"allowedDomains": [], "deniedDomains": ["a.test", "b.test"], "deniedDomainReasons": {"a.test": "no", "b.test": "never"}}}';
    const moved = moveEntry(source, '/network/deniedDomains/0' as PolicyPointer, '{"network": {"allowedDomains": [], "deniedDomains": []}}', 'a.test');
    assert.deepEqual([moved.source, moved.target].map((text) => JSON.parse(text) as unknown), [
      { network: { allowedDomains: [], deniedDomains: ['b.test'], deniedDomainReasons: { 'b.test': 'never' } } },
      { network: { allowedDomains: [], deniedDomains: ['a.test'], deniedDomainReasons: { 'a.test': 'no' } } },
    ]);
    const twice = moveEntry(source.replace('"b.test"]', '"a.test"]'), '/network/deniedDomains/0' as PolicyPointer, '{"network": {}}', 'a.test');
    assert.match(twice.source, /"a\.test": "no"/);
  });
});
