import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { fc } from '../../support/properties';
import { applyEdit, validateDocument, type DocumentOptions } from 'sandbox-core/policy';

import { fixtures } from '../../support/golden';
import { FACTS } from '../../support/policy-facts';

const folder = join(fixtures, 'policies', 'invalid');
const policies = readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => readFileSync(join(folder, name), 'utf8')).filter((text) => text.length < 5000);

/** A policy with a piece cut out, put in or replaced anywhere: half-written, misspelled, of the wrong shape. */
const mutated = fc
  .tuple(fc.constantFrom(...policies), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(20), fc.oneof(fc.string(), fc.json(), fc.constantFrom('"', '{', ']', '\0', '\\', '__proto__', '"**/[z-a]"', '"~/../.."', 'null', ',')))
  .map(([text, at, cut, piece]) => text.slice(0, at * text.length) + piece + text.slice(at * text.length + cut));

const options: fc.Arbitrary<DocumentOptions> = fc.record({ dialect: fc.constantFrom('policy', 'claude-settings', 'mcp'), platform: fc.constantFrom('linux', 'macos', 'windows'), facts: fc.constant(FACTS), portable: fc.boolean() });

describe('validating what is not quite a policy', () => {
  it('never throws, and points into the text', () => {
    fc.assert(
      fc.property(mutated, options, (text, chosen) => {
        for (const { range, fixes = [] } of validateDocument(text, chosen).problems) {
          assert.ok(range.offset >= 0 && range.offset + range.length <= text.length);
          for (const { edit } of fixes) assert.equal(typeof applyEdit(text, edit), 'string');
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never throws over any JSON', () => {
    fc.assert(fc.property(fc.json(), options, (text, chosen) => void validateDocument(`{ "network": ${text}, "filesystem": ${text}, "sandbox": ${text} }`, chosen)), { numRuns: 200 });
  });
});
