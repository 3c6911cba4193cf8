import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { createQuestionLimit } from 'srt-client/internal/ask/question-limit';

describe('questions about hosts', () => {
  it('are limited: a program that asks on and on is denied without a question', () => {
    let now = 0;
    const limit = createQuestionLimit(3, () => now);
    assert.deepEqual([1, 2, 3, 4].map(() => limit.admits()), [true, true, true, false]);
    now = 59_999;
    assert.equal(limit.admits(), false);
    now = 60_000;
    assert.equal(limit.admits(), true);
  });
});
