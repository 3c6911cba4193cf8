import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { problemSeverities } from 'sandbox-core/policy';

import { problemPages } from '../support/problem-pages';

describe('docs/problems', () => {
  const pages = problemPages();
  const codes = Object.keys(problemSeverities);

  it('has a page for every code, and no other', () => {
    assert.deepEqual(pages.map(({ code }) => code).sort(), [...codes].sort());
  });

  it('says what a problem means, how serious it is, and how to mend it, with an example', () => {
    const faults = pages.flatMap(({ code, text, examples }) => [
      ...(text.startsWith(`# ${code}\n\n`) ? [] : [`${code}: the title`]),
      ...(text.includes(`Severity unless configured: **${problemSeverities[code as keyof typeof problemSeverities]}**.`) ? [] : [`${code}: the severity`]),
      ...(examples.some(({ heading }) => heading === 'Right') ? [] : [`${code}: a good example`]),
      ...(/^## How to fix\n\n\S/m.test(text) ? [] : [`${code}: how to fix it`]),
    ]);
    assert.deepEqual(faults, []);
  });

  it('has a bad example wherever one can be shown', () => {
    const without = pages.filter(({ examples }) => !examples.some(({ heading }) => heading === 'Wrong')).map(({ code }) => code);
    assert.deepEqual(without.sort(), ['broken-extends', 'json-byte-order-mark', 'policy-empty', 'policy-too-deep', 'policy-too-large']);
  });
});
