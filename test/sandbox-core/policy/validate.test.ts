import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { applyEdit, problemSeverities, validatePolicy, type ValidatedPolicy } from 'sandbox-core/policy';

import { describeProblem } from '../../support/describe-problem';
import { assertGolden, fixtures } from '../../support/golden';
import { optionsOf, problemPages } from '../../support/problem-pages';

const policies = join(fixtures, 'policies');
const valid = readdirSync(join(policies, 'valid'));
const invalid = readdirSync(join(policies, 'invalid')).filter((name) => name.endsWith('.json'));
const optionWords = JSON.parse(readFileSync(join(policies, 'options.json'), 'utf8')) as Readonly<Record<string, readonly string[]>>;
/** How a fixture is checked: for no platform and without facts, unless options.json says otherwise. */
const check = (name: string, text: string): ValidatedPolicy => validatePolicy(text, optionsOf(optionWords[name.replace('.json', '')] ?? []));

/** Megabytes of text; other files. */
const WITHOUT_EXAMPLE: readonly string[] = ['policy-too-large', 'broken-extends'];

describe('validating a policy', () => {
  for (const name of valid)
    it(`accepts ${name}`, () => {
      const { policy, problems } = check(name, readFileSync(join(policies, 'valid', name), 'utf8'));
      assert.deepEqual(problems, []);
      assert.ok(policy);
    });

  for (const name of invalid)
    it(`finds what is wrong with ${name}`, () => {
      const text = readFileSync(join(policies, 'invalid', name), 'utf8');
      const { problems, policy } = check(name, text);
      assert.ok(problems.length > 0);
      assert.equal(policy === undefined, problems.some(({ severity }) => severity === 'error'));
      assertGolden(`policies/invalid/${name.replace('.json', '.expected')}`, problems.map((problem) => describeProblem(text, problem)).join('\n') + '\n');
    });

  it('has a bad and a good fixture for every code', () => {
    const text = invalid.map((name) => readFileSync(join(policies, 'invalid', name.replace('.json', '.expected')), 'utf8')).join('\n');
    const unseen = Object.keys(problemSeverities).filter((code) => !text.includes(` ${code} `) && !WITHOUT_EXAMPLE.includes(code));
    assert.deepEqual(unseen, [], 'add a policy to test/fixtures/policies/invalid that has this problem');
    assert.deepEqual(Object.keys(problemSeverities).filter((code) => !valid.includes(`${code}.json`)), [], 'add a policy to test/fixtures/policies/valid that comes close and does not');
  });

  it('refuses 5 MB without looking into it', () => {
    const { problems } = validatePolicy(`{ "network": "${'x'.repeat(5 * 1024 * 1024)}" }`);
    assert.deepEqual(problems.map(({ code, severity }) => [code, severity]), [['policy-too-large', 'error']]);
  });

  it('refuses a hundred thousand levels without exhausting the stack', () => {
    const { problems } = validatePolicy('['.repeat(100_000));
    assert.deepEqual(problems.map(({ code }) => code), ['policy-too-deep']);
  });

  it('keeps control characters of the policy out of its messages', () => {
    const { problems } = validatePolicy('{ "network\\u001b]0;x\\u0007": 1, "a\\u202eb": 2 }');
    assert.deepEqual(problems.filter(({ message }) => /[\u0000-\u001f\u202e]/.test(message)), []);
  });
});

describe('the pages about problems', () => {
  for (const { code, examples } of problemPages())
    it(`show ${code} and how it is not made`, () => {
      for (const { heading, text, options } of examples) {
        const codes = validatePolicy(text, options).problems.map((problem) => problem.code);
        if (heading === 'Wrong') assert.ok((codes as string[]).includes(code), `Wrong: ${codes.join()}`);
        else assert.deepEqual(codes, [], heading);
      }
    });
});

describe('fixes', () => {
  it('reach keys that look like numbers', () => {
    const text = '{ "network": { "7": 1 } }';
    const fix = validatePolicy(text).problems.find(({ pointer }) => pointer === '/network/7')?.fixes?.find(({ edit }) => edit.kind === 'remove');
    assert.deepEqual(JSON.parse(applyEdit(text, fix!.edit)), { network: {} });
  });

  it('settle the problems they are offered for', () => {
    for (const name of invalid) {
      const text = readFileSync(join(policies, 'invalid', name), 'utf8');
      for (const { fixes = [], code, range, message } of check(name, text).problems)
        for (const { edit, title } of fixes) {
          const left = check(name, applyEdit(text, edit)).problems.filter((problem) => problem.code === code && problem.range.offset === range.offset && problem.message === message);
          assert.deepEqual(left, [], `${name}: "${title}"`);
        }
    }
  });

  it('keep comments, order and layout', () => {
    const text = '{\n\t// hosts\n\t"network": { "allowedDomains": [\n\t\t"a.test", // one\n\t\t"b.test"\n\t] }\n}\n';
    const edited = applyEdit(text, { kind: 'append', pointer: '/network/allowedDomains' as never, value: 'c.test' });
    assert.equal(edited, '{\n\t// hosts\n\t"network": { "allowedDomains": [\n\t\t"a.test", // one\n\t\t"b.test",\n\t\t"c.test"\n\t] }\n}\n');
  });
});
