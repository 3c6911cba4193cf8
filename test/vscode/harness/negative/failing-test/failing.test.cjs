const assert = require('node:assert/strict');

it('passes', () => {});

it('fails on purpose', () => {
  assert.deepEqual({ found: 1 }, { found: 2 });
});
