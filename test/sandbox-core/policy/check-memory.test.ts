import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { createCheckMemory, validateDocument, type PolicyDialect } from 'sandbox-core/policy';

const text = (entry: string): string => JSON.stringify({ sandbox: { network: { allowedDomains: [entry], deniedDomains: ['*'] }, filesystem: { denyRead: [entry], allowWrite: ['/a', '/a/b'], denyWrite: ['/a'] } } });
const DIALECTS: readonly PolicyDialect[] = ['policy', 'claude-settings', 'mcp'];

describe('the memory of checks', () => {
  it('changes no answer', () => {
    const memory = createCheckMemory();
    for (const dialect of DIALECTS)
      for (const entry of ['one.example.com', '*.com', 'one.example.com']) {
        const policy = dialect === 'policy' ? JSON.stringify((JSON.parse(text(entry)) as { sandbox: object }).sandbox) : text(entry);
        assert.deepEqual(validateDocument(policy, { dialect, memory }), validateDocument(policy, { dialect }));
      }
  });

  it('forgets what two checks have not asked for, in every dialect', () => {
    for (const dialect of DIALECTS) {
      const memory = createCheckMemory();
      memory.recall('old', () => 'first');
      validateDocument('{}', { dialect, memory });
      validateDocument('{}', { dialect, memory });
      assert.equal(memory.recall('old', () => 'second'), 'second');
    }
  });
});
