import { strict as assert } from 'node:assert';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, it } from 'node:test';

import { root } from '../support/cli';
import { temporaryDirectory } from '../support/temporary';

const MAX_MS = 120_000;

interface Result {
  readonly fault?: string;
  readonly filetype: string;
  readonly codes: readonly string[];
  readonly completion: readonly string[];
  readonly hover: string;
  readonly codesAfterFix: readonly string[];
  readonly text: string;
}

/** The configurations of docs/editors.md, the newer first. */
function configurations(): string[] {
  return [...readFileSync(join(root, 'docs', 'editors.md'), 'utf8').matchAll(/```lua\n([^]*?)```/g)].map(([, lua = '']) => lua);
}

function minorVersion(): number | undefined {
  const { status, stdout } = spawnSync('nvim', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const found = /^NVIM v0\.(\d+)/.exec(status === 0 ? stdout : '')?.[1];
  return found === undefined ? undefined : Number(found);
}

const minor = minorVersion();

describe('Neovim, with the configuration of docs/editors.md', { skip: minor === undefined && 'Neovim is not installed (Debian: apt install neovim)' }, () => {
  it('shows diagnostics, completes, explains and fixes a policy', { timeout: MAX_MS }, async (context) => {
    const [latest = '', earlier = ''] = configurations();
    const directory = temporaryDirectory({ after: (undo) => context.after(undo) }, {
      'bin/': '',
      'project/secrets/key': '',
      'project/.srt-settings.json': '{\n  "network": { "allowedDomains": ["github.com"], "deniedDomains": [] },\n  "filesystem": { "denyReads": [], "allowWrite": [], "denyWrite": [] }\n}\n',
      'init.lua': (minor ?? 0) >= 11 ? latest : earlier,
    });
    const server = join(root, 'server', 'bin', 'srt-language-server.js');
    symlinkSync(server, join(directory, 'bin', 'srt-language-server'));
    const result = join(directory, 'result.json');
    const env = { ...process.env, PATH: `${join(directory, 'bin')}${delimiter}${process.env['PATH']}`, HOME: directory, XDG_STATE_HOME: directory, SRT_TEST_POLICY: '.srt-settings.json', SRT_TEST_RESULT: result };
    const child = spawn('nvim', ['--headless', '--clean', '-u', join(directory, 'init.lua'), '-c', `luafile ${join(root, 'test', 'editors', 'neovim-session.lua')}`], { cwd: join(directory, 'project'), env, stdio: 'ignore', timeout: MAX_MS });
    await new Promise((resolve) => child.once('exit', resolve));
    assert.ok(existsSync(result), 'Neovim wrote no result');
    const seen = JSON.parse(readFileSync(result, 'utf8')) as Result;
    assert.equal(seen.fault, undefined);
    assert.deepEqual([seen.filetype, seen.codes], ['srt-policy', ['unknown-key']]);
    assert.ok(seen.completion.includes('npm') && seen.completion.includes('*.npmjs.org'), seen.completion.join());
    assert.match(seen.hover, /^\*\*network\.allowedDomains\*\*/);
    assert.deepEqual(seen.codesAfterFix, []);
    assert.match(seen.text, /"denyRead": \[\]/);
  });
});
