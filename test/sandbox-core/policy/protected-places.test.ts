import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { absolutePath, decide } from 'sandbox-core/policy';
import { resolveWithoutDisk } from 'sandbox-core/internal/policy/built-in';

import { policyOf } from '../../support/policies';

/** What decides about writing each path: the name of a protection, or `allow`, or `no entry`. */
function verdicts(allowWrite: readonly string[], paths: readonly string[], base = '/repo'): Record<string, string> {
  const policy = resolveWithoutDisk(policyOf({ filesystem: { allowWrite: [...allowWrite] } }), { base: absolutePath(base), home: absolutePath('/home/me') });
  return Object.fromEntries(
    paths.map((path) => {
      const { outcome, rule } = decide(policy, { kind: 'write', path: absolutePath(path) });
      return [path, outcome === 'allow' ? 'allow' : rule.kind === 'built-in' ? rule.name : 'no entry'];
    }),
  );
}

describe('protections where a part of a directory may be written', () => {
  it('hold in what a pattern opens, at any depth', () => {
    const expected = { '/repo/packages/a/.mcp.json': 'agent-tools', '/repo/packages/a/b/.vscode/x': 'editor-settings', '/repo/packages/a/src': 'allow', '/repo/packages/x.code-workspace': 'editor-settings', '/REPO/Packages/X.Code-Workspace': 'editor-settings', '/repo/other': 'no entry' };
    assert.deepEqual(verdicts(['./packages/*'], Object.keys(expected)), expected);
  });

  it('hold in a part of the home directory', () => {
    const expected = { '/home/me/.config/fish/x': 'shell-start', '/home/me/.config/autostart': 'login-start', '/home/me/.config/tool': 'allow', '/home/me/.zshrc': 'shell-start', '/home/me/.zhistory': 'allow', '/home/me/.cargo/config.toml': 'toolchain-config', '/home/me/.cargo/registry': 'allow' };
    assert.deepEqual(verdicts(['~/.config', '~/.z*', '~/.cargo'], Object.keys(expected)), expected);
  });

  it('hold against an entry for just that, or for what lies in it', () => {
    const expected = { '/repo/.vscode/tasks.json': 'editor-settings', '/srv/.husky/pre-commit': 'hook-managers', '/srv/.claude/commands/x': 'agent-settings', '/srv/.claude/notes': 'allow', '/srv/a.srt.json': 'sandbox-policy', '/srv/.git/hooks/x': 'git-hooks', '/home/me/.config/nvim/lua/x': 'editor-settings' };
    assert.deepEqual(verdicts(['./.vscode/tasks.json', '/srv/.husky', '/srv/.claude', '/srv/a.srt.json', '/srv/.git/hooks', '~/.config/nvim/lua'], Object.keys(expected)), expected);
  });

  it('do not hold against the working directory itself, chosen inside of what is protected', () => {
    const expected = { '/home/me/.claude/plugins/mine/x': 'allow', '/home/me/.claude/plugins/mine/.mcp.json': 'agent-tools', '/home/me/.claude/settings.json': 'no entry' };
    assert.deepEqual(verdicts(['.'], Object.keys(expected), '/home/me/.claude/plugins/mine'), expected);
  });

  it('hold against it all the same where an entry opens what lies around it', () => {
    const nvim = '/home/me/.config/nvim';
    for (const entry of ['~', '~/.config', '~/.c*']) assert.deepEqual(verdicts([entry, '.'], [`${nvim}/x`], nvim), { [`${nvim}/x`]: 'editor-settings' }, entry);
    assert.deepEqual(verdicts(['~/proj*', '.'], [`${nvim}/x`], nvim), { [`${nvim}/x`]: 'allow' });
    assert.deepEqual(verdicts(['~/.claude/plugins', '.'], ['/home/me/.claude/plugins/mine/x'], '/home/me/.claude/plugins/mine'), { '/home/me/.claude/plugins/mine/x': 'agent-settings' });
  });

  it('hold in no packages, and nowhere else', () => {
    const expected = { '/repo/node_modules/.vscode/x': 'allow', '/elsewhere/.vscode': 'no entry' };
    assert.deepEqual(verdicts(['./node_modules/.vscode'], Object.keys(expected)), expected);
  });
});
