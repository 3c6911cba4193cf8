import { strict as assert } from 'node:assert';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

import { shellCommand, shellFilesOnHost, shownShellFiles } from 'srt-client/internal/shell-command';

describe('the shell of a sandboxed terminal', () => {
  const appRoot = mkdtempSync(join(tmpdir(), 'srt-app-'));
  const scripts = join(appRoot, 'out/vs/workbench/contrib/terminal/common/scripts');
  mkdirSync(scripts, { recursive: true });
  for (const name of ['shellIntegration-bash.sh', 'shellIntegration-rc.zsh']) writeFileSync(join(scripts, name), '');
  const files = shellFilesOnHost(appRoot, '/extension/client/shells');
  const place = { files, shown: undefined, zshDirectory: '/home/me', isIntegrated: true };
  after(() => rmSync(appRoot, { recursive: true, force: true }));

  it('reads VS Code\'s script where there is one for it', () => {
    assert.deepEqual(shellCommand('/bin/bash', place), { argv: ['/bin/bash', '--init-file', join(scripts, 'shellIntegration-bash.sh'), '-i'], env: { VSCODE_INJECTION: '1' } });
    assert.deepEqual(shellCommand('/bin/zsh', place), {
      argv: ['/bin/zsh', '-i'],
      env: { VSCODE_INJECTION: '1', ZDOTDIR: '/extension/client/shells/zsh', USER_ZDOTDIR: '/home/me', SRT_SHELL_SCRIPTS: scripts },
    });
  });

  it('reads it where the session shows it, which is asked to show what is there', () => {
    assert.deepEqual(shellCommand('/bin/bash', { ...place, shown: '/dev/shown' }).argv, ['/bin/bash', '--init-file', '/dev/shown/scripts/shellIntegration-bash.sh', '-i']);
    assert.deepEqual(shellCommand('/bin/zsh', { ...place, shown: '/dev/shown' }).env, { VSCODE_INJECTION: '1', ZDOTDIR: '/dev/shown/own/zsh', USER_ZDOTDIR: '/home/me', SRT_SHELL_SCRIPTS: '/dev/shown/scripts' });
    assert.deepEqual(shownShellFiles(files), { scripts });
  });

  it('is plain where not, and where nobody wants it', () => {
    for (const [shell, isIntegrated] of [['/bin/dash', true], ['/usr/bin/fish', true], ['/bin/bash', false], ['/bin/zsh', false]] as const) {
      assert.deepEqual(shellCommand(shell, { ...place, isIntegrated }), { argv: [shell, '-i'], env: {} });
    }
  });
});
