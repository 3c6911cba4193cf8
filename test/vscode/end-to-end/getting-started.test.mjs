/** An empty folder, and what a person does first in it: the walkthrough, a policy, a violation, its fix. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { eventually, openFile, runCommand, runCommandAndPick, terminalText, waitForProblem, waitForTerminalText } from '../harness/workbench.mjs';
import { home, keepScreenshot, openFolder } from './setup.mjs';

const QUICK_PICK = '.quick-input-widget:not([style*="display: none"])';

describe('an empty folder', function () {
  this.timeout(60_000);
  let folder, page, policy, outside;

  before(async () => {
    ({ folder, page } = await openFolder('empty'));
    policy = join(folder, '.srt-settings.json');
    outside = join(home(), 'data', 'outside');
    mkdirSync(outside, { recursive: true });
  });

  it('the walkthrough begins with what this machine has', async () => {
    await runCommand(page, 'srt: Get Started');
    await page.getByRole('button', { name: 'Check Prerequisites' }).click();
    const rows = await eventually('the findings', () => page.locator('.part.panel .monaco-list-row').allInnerTexts(), (texts) => texts.some((text) => text.includes('bubblewrap')));
    assert.ok(rows.some((row) => row.includes('Namespaces')), rows.join('\n'));
    await keepScreenshot('walkthrough');
  });

  it('a policy is made from presets, with a preview of what comes into force', async () => {
    await runCommand(page, 'Preferences: Toggle between Light/Dark Themes');
    await page.keyboard.press('F1');
    await page.locator(`${QUICK_PICK} .quick-input-filter input`).fill('>srt: Create Policy');
    await page.locator(`${QUICK_PICK} .monaco-list-row`, { hasText: 'srt: Create Policy…' }).click();
    await page.locator(`${QUICK_PICK} .monaco-list-row`, { hasText: 'Installs packages for Node' }).click();
    const line = page.locator('.view-line', { hasText: 'npmjs.org' }).first();
    await line.waitFor();
    const [preview, list] = [await page.locator('.editor-group-container.active .editor-instance').boundingBox(), await page.locator(QUICK_PICK).boundingBox()];
    assert.ok(preview.y + preview.height - (list.y + list.height) > 150, `the preview ends at ${preview.y + preview.height}, the list at ${list.y + list.height}`);
    await keepScreenshot('create-policy');
    await page.locator(QUICK_PICK).getByRole('button', { name: 'OK' }).click();
    await page.locator('.tab.active[data-resource-name=".srt-settings.json"]').waitFor();
    assert.deepEqual(JSON.parse(readFileSync(policy, 'utf8')).extends, ['workspace', 'node']);
    assert.equal(await page.locator('.editor-group-container').count(), 1);
  });

  it('keys are completed', async () => {
    await openFile(page, '.srt-settings.json');
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.keyboard.type('"lim');
    await page.keyboard.press('Control+Space');
    await page.locator('.suggest-widget .monaco-list-row', { hasText: 'limits' }).first().waitFor();
    await keepScreenshot('complete-a-key');
    await page.keyboard.press('Enter');
    await page.locator('.view-line', { hasText: '"limits":' }).waitFor();
    await page.locator('.suggest-widget .monaco-list-row', { hasText: 'Default value' }).click();
    await page.locator('.view-line', { hasText: '"limits": {},' }).waitFor();
    await runCommand(page, 'File: Save');
    await eventually('the file', () => readFileSync(policy, 'utf8'), (text) => text.includes('"limits": {}'));
  });

  it('a mistake is mended by its quick fix', async () => {
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.keyboard.type('"environmen');
    await page.keyboard.press('Escape');
    await page.keyboard.type('": {},');
    await waitForProblem(page, 'did you mean "environment"?');
    await page.locator('.markers-panel .monaco-list-row', { hasText: 'did you mean "environment"?' }).dblclick({ position: { x: 120, y: 10 } });
    await page.locator('.glyph-margin-widgets [class*="gutter-lightbulb"], .lightBulbWidget').first().click();
    await page.locator('.action-widget .monaco-list-row', { hasText: 'Change to "environment"' }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.view-line', { hasText: '"environment":' }).waitFor();
    await runCommand(page, 'File: Save');
    await eventually('the file', () => readFileSync(policy, 'utf8'), (text) => text.includes('"environment"'));
  });

  it('what is refused is allowed by its fix, and works', async () => {
    const wanted = join(outside, 'made');
    await runCommandAndPick(page, 'Create New Terminal (With Profile)', 'Sandboxed (srt)');
    await eventually('a prompt', () => terminalText(page), (text) => /[#$] ?$/.test(text));
    await page.keyboard.type(`touch ${wanted}\n`);
    await waitForTerminalText(page, 'Read-only file system');
    await runCommand(page, 'srt: Show Violations');
    const row = page.locator('.part.panel .monaco-list-row', { hasText: '/outside/made' });
    await row.hover();
    await row.locator('.action-label[aria-label^="Allow"]').click();
    await page.locator(`${QUICK_PICK} .monaco-list-row`, { hasText: `Allow writing everything in ${outside} in this policy` }).click();
    await page.locator('.view-line', { hasText: '~/data/outside' }).waitFor();
    await page.keyboard.press('Control+s');
    await eventually('the file', () => readFileSync(policy, 'utf8'), (text) => text.includes('~/data/outside'));
    await runCommandAndPick(page, 'Create New Terminal (With Profile)', 'Sandboxed (srt)');
    await eventually('a prompt', () => terminalText(page), (text) => /[#$] ?$/.test(text));
    await page.keyboard.type(`touch ${wanted} && echo it works\n`);
    await waitForTerminalText(page, '\nit works');
    assert.ok(existsSync(wanted));
  });
});
