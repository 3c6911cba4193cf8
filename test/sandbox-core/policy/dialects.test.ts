import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { applyEdit, dialectOf, validateDocument, type DocumentOptions } from 'sandbox-core/policy';

import { describeProblem } from '../../support/describe-problem';
import { assertGolden, fixtures } from '../../support/golden';

const codes = (text: string, dialect: DocumentOptions['dialect']): string[] => validateDocument(text, { dialect }).problems.map(({ code }) => code);

describe('policies in other programs\' settings', () => {
  it('are told by the name of the file', () => {
    const names = ['/w/.claude/settings.json', '/w/.claude/settings.local.json', 'file:///w/.vscode/mcp.json', '.mcp.json', '/w/.srt-settings.json', '/w/settings.json', 'C:\\w\\.claude\\settings.json', '/w/not-mcp.json'];
    assert.deepEqual(names.map(dialectOf), ['claude-settings', 'claude-settings', 'mcp', 'mcp', 'policy', 'policy', 'claude-settings', 'policy']);
  });

  for (const [name, dialect] of [['claude-settings', 'claude-settings'], ['mcp', 'mcp']] as const)
    it(`are checked at their place in ${name}.json`, () => {
      const text = readFileSync(join(fixtures, 'dialects', `${name}.json`), 'utf8');
      const { problems, syntax } = validateDocument(text, { dialect, platform: 'linux' });
      assertGolden(`dialects/${name}.expected`, problems.map((problem) => describeProblem(text, problem)).join('\n') + '\n');
      assert.deepEqual(syntax.problems, [], 'whether the file is JSON is not ours to say');
    });

  it('are mended in place', () => {
    const text = readFileSync(join(fixtures, 'dialects', 'claude-settings.json'), 'utf8');
    for (const { fixes = [], code, message } of validateDocument(text, { dialect: 'claude-settings' }).problems)
      for (const { edit, title } of fixes) {
        const left = validateDocument(applyEdit(text, edit), { dialect: 'claude-settings' }).problems.filter((problem) => problem.code === code && problem.message === message);
        assert.deepEqual(left, [], title);
      }
  });

  it('say nothing where there is no policy, or no JSON', () => {
    for (const text of ['{}', '[]', '', 'null', '{ "sandbox": 3 }', '{ "servers": [] }', '{ "sandbox": { "network": ', '{ "servers": { "x": { "sandbox": null } } }']) assert.deepEqual([codes(text, 'claude-settings'), codes(text, 'mcp')], [[], []], text);
  });

  it('report a block that is switched off', () => {
    assert.deepEqual(codes('{ "sandbox": { "enabled": false, "network": { "allowedDomains": ["a.test"] } } }', 'claude-settings'), ['leftover-list']);
    assert.deepEqual(codes('{ "servers": { "x": { "sandbox": { "network": { "allowedDomains": ["a.test"] } } } } }', 'mcp'), ['leftover-list']);
    assert.deepEqual(codes('{ "servers": { "x": { "sandboxEnabled": true, "sandbox": { "network": { "allowedDomains": ["a.test"] } } } } }', 'mcp'), []);
  });
});
