import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';

import { settingsIn } from 'sandbox-core/internal/host/git-config';

const texts = {
  'sections, subsections and letters in either case': '[Core]\n\tHooksPath = a\n[includeIf "gitdir:~/x/[1]"]\n\tpath = b\n[INCLUDE] path=c\n[branch.old] merge = d\n',
  'comments, also in the middle of a line': '# no\n; no\n[core] ; no\n\ta = one two  # no\n\tb = "with # and ;" ; no\n\tc = "a" b "c"\n',
  'escapes and lines that go on': '[core]\n\ta = "x\\"y\\\\z\\t"\n\tb = one \\\n two\\\n\n\tc = \\\\\n\td = 1\n',
  'values that are not there': '[core]\n\ta\n\tb =\n\tc = # no\n',
  'carriage returns': '[core]\r\n\ta = b\r\n[include]\r\n\tpath = c\r\n',
  'a section and its value in one line': '[a "b"] c = d\n',
};

describe('the settings in a git configuration', () => {
  for (const [what, text] of Object.entries(texts))
    it(`are those that git reads: ${what}`, () => {
      const listed = execFileSync('git', ['config', '--file', '-', '--no-includes', '--null', '--list'], { input: text, encoding: 'utf8', cwd: '/' });
      const expected = listed.split('\0').filter((entry) => entry !== '').map((entry) => {
        const [name = '', ...value] = entry.split('\n');
        return { name: `${name.slice(0, name.indexOf('.'))}.${name.slice(name.lastIndexOf('.') + 1)}`, value: value.join('\n') };
      });
      const found = settingsIn(text);
      for (const setting of expected) assert.ok(found.some(({ name, value }) => name === setting.name && value === setting.value), `${JSON.stringify(setting)} is not in ${JSON.stringify(found)}`);
    });
});
