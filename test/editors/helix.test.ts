import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, it } from 'node:test';

import { root } from '../support/cli';
import { temporaryDirectory } from '../support/temporary';
import { openTerminal } from '../support/terminal';

const MAX_MS = 120_000;
const POLICY = '{\n  "network": { "allowedDomains": [], "deniedDomains": [] },\n  "filesystem": { "denyReads": [], "allowWrite": [], "denyWrite": [] }\n}\n';

/** The configuration of docs/editors.md. */
function configuration(): string {
  return /```toml\n([^]*?)```/.exec(readFileSync(join(root, 'docs', 'editors.md'), 'utf8'))?.[1] ?? '';
}

const isInstalled = spawnSync('hx', ['--version'], { stdio: 'ignore' }).status === 0;

describe('Helix, with the configuration of docs/editors.md', { skip: !isInstalled && 'Helix is not installed (Debian 13: apt install hx)' }, () => {
  it('shows a diagnostic, explains and fixes a policy', { timeout: MAX_MS }, async (context) => {
    const cleanup = { after: (undo: () => void) => context.after(undo) };
    const directory = temporaryDirectory(cleanup, { 'bin/': '', 'project/.srt-settings.json': POLICY, 'config/helix/languages.toml': configuration() });
    symlinkSync(join(root, 'server', 'bin', 'srt-language-server.js'), join(directory, 'bin', 'srt-language-server'));
    const env = { PATH: `${join(directory, 'bin')}${delimiter}${process.env['PATH']}`, HOME: directory, XDG_CONFIG_HOME: join(directory, 'config'), XDG_CACHE_HOME: directory, TERM: 'xterm-256color' };
    const helix = openTerminal(cleanup, 'hx', ['.srt-settings.json'], { cwd: join(directory, 'project'), env });
    await helix.expect(/●/);
    helix.type(']d');
    await helix.expect(/unknown-key/);
    helix.type(' a');
    await helix.expect(/Change/);
    helix.type('\r');
    // The mark of a changed file.
    await helix.expect(/\[\+\]/);
    // The key is known now, and explained for each platform.
    helix.type(' k');
    await helix.expect(/✓/);
    helix.type(':wq\r');
    assert.equal((await helix.exited).exitCode, 0);
    assert.equal(readFileSync(join(directory, 'project', '.srt-settings.json'), 'utf8'), POLICY.replace('denyReads', 'denyRead'));
  });
});
