/** What a person does first, in the packed extension: opens a policy, mends it, opens a sandboxed terminal, is refused. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { launchBrowser, openWorkbench } from '../harness/browser.mjs';
import { ensureServer } from '../harness/fetch-vscode.mjs';
import { packExtension } from '../harness/pack-extension.mjs';
import { startServer } from '../harness/vscode-server.mjs';
import { eventually, openFile, problems, runCommand, runCommandAndPick, screenshot, terminalText, waitForProblem, waitForTerminalText, waitForWorkbench } from '../harness/workbench.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const screenshots = join(root, 'test-output', 'screenshots');

describe('first steps with the packed extension', function () {
  this.timeout(120_000);
  const temporary = mkdtempSync(join(tmpdir(), 'srt-e2e-'));
  const folder = join(temporary, 'sample');
  let browser, server, page;

  before(async () => {
    cpSync(join(root, 'test', 'fixtures', 'workspaces', 'sample'), folder, { recursive: true });
    const [serverDir, vsix] = await Promise.all([ensureServer({ compile: false }), packExtension(root, temporary)]);
    browser = await launchBrowser();
    server = await startServer({ serverDir, installVsix: vsix, userSettings: { 'workbench.colorTheme': 'Default Dark Modern', 'window.commandCenter': false } });
    page = await openWorkbench(browser, server, { folder });
    await waitForWorkbench(page);
  });

  afterEach(async function () {
    if (page && this.currentTest.state === 'failed') await screenshot(page, `failed-${this.currentTest.title.replace(/\W+/g, '-')}`, screenshots);
  });

  after(async () => {
    await page?.context().close();
    await server?.stop();
    await browser?.close();
    rmSync(temporary, { recursive: true, force: true });
  });

  it('a mistake in the policy is found, and is gone when it is mended', async () => {
    const policy = join(folder, '.srt-settings.json');
    const good = readFileSync(policy, 'utf8');
    writeFileSync(policy, good.replace('denyRead', 'denyReads'));
    await openFile(page, '.srt-settings.json');
    await waitForProblem(page, 'unknown key "denyReads"; did you mean "denyRead"?');
    writeFileSync(policy, good);
    await eventually('no problem', () => problems(page), (rows) => rows.every((row) => !row.includes('denyReads')));
  });

  it('the status bar says which policy is in force', async () => {
    await page.locator('.statusbar-item', { hasText: '.srt-settings.json' }).waitFor();
  });

  it('a sandboxed terminal runs what the policy allows, and what it refuses stands in Problems, on the rule', async () => {
    await runCommandAndPick(page, 'Create New Terminal (With Profile)', 'Sandboxed (srt)');
    await waitForTerminalText(page, 'Sandboxed by .srt-settings.json');
    await eventually('a prompt', () => terminalText(page), (text) => /[#$] ?$/.test(text));
    await page.keyboard.type('./build.sh && tty && stty size && jobs\n');
    await waitForTerminalText(page, '/usr/local/sample-tool: Read-only file system');
    await waitForTerminalText(page, 'build done');
    assert.match(await terminalText(page), /secrets\/token: Permission denied/);
    await openFile(page, '.srt-settings.json');
    const rows = await waitForProblem(page, 'was refused: no entry of allowWrite covers it');
    const refused = rows.filter((row) => row.includes('was refused'));
    assert.deepEqual(refused.map((row) => /\[Ln (\d+), Col (\d+)\]/.exec(row)?.slice(1).join(':')).sort(), ['7:18', '8:5', '9:19']);
    assert.equal(readFileSync(join(folder, 'locked', 'data'), 'utf8'), 'stays as it is\n');
    await screenshot(page, 'violations-on-their-rules', screenshots);
  });

  it('the violations stand in a view of their own, under the rules that refused', async () => {
    await runCommand(page, 'srt: Show Violations');
    const rows = await eventually('the violations', () => page.locator('.part.panel .monaco-list-row').allInnerTexts(), (texts) => texts.length >= 6 && texts.some((row) => row.includes('denyRead')));
    const text = rows.join('\n');
    for (const expected of ['denied by "./secrets" in denyRead', 'no entry of allowWrite covers it', 'denied by "./locked" in denyWrite']) assert.ok(text.includes(expected), text);
    await screenshot(page, 'violations-view', screenshots);
  });

  it('the terminal\'s size follows the window', async () => {
    await runCommand(page, 'Terminal: Focus Terminal');
    const before = await terminalText(page);
    await page.setViewportSize({ width: 1000, height: 800 });
    await page.keyboard.type('stty size\n');
    await eventually('another size', () => terminalText(page), (text) => text.length > before.length && /\n\d+ \d+\n[^]*\n\d+ \d+\n/.test(text));
    const sizes = [...(await terminalText(page)).matchAll(/^(\d+) (\d+)$/gm)].map(([, , columns]) => Number(columns));
    assert.ok(sizes.at(-1) < sizes[0], sizes.join());
  });
});
