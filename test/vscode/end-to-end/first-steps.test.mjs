/** What a person does first, in the packed extension: opens a policy, mends it, opens a sandboxed terminal, is refused. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { answerNotification, eventually, openFile, problems, runCommand, runCommandAndPick, terminalText, waitForProblem, waitForTerminalText } from '../harness/workbench.mjs';
import { keepScreenshot, openFolder } from './setup.mjs';

describe('a project with a policy', function () {
  this.timeout(60_000);
  let folder, page;

  before(async () => ({ folder, page } = await openFolder('sample')));

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
    await waitForTerminalText(page, '/var/tmp/sample-tool: Read-only file system');
    await waitForTerminalText(page, 'build done');
    assert.match(await terminalText(page), /secrets\/token: Permission denied/);
    await openFile(page, '.srt-settings.json');
    const rows = await waitForProblem(page, 'was refused: no entry of allowWrite covers it');
    const refused = rows.filter((row) => row.includes('was refused'));
    assert.deepEqual(refused.map((row) => /\[Ln (\d+), Col (\d+)\]/.exec(row)?.slice(1).join(':')).sort(), ['7:18', '8:5', '9:19']);
    assert.equal(readFileSync(join(folder, 'locked', 'data'), 'utf8'), 'stays as it is\n');
    await keepScreenshot('violations-on-their-rules');
  });

  it('the violations stand in a view of their own, under the rules that refused', async () => {
    await runCommand(page, 'srt: Show Violations');
    const rows = await eventually('the violations', () => page.locator('.part.panel .monaco-list-row').allInnerTexts(), (texts) => texts.length >= 6 && texts.some((row) => row.includes('denyRead')));
    const text = rows.join('\n');
    for (const expected of ['denied by "./secrets" in denyRead', 'no entry of allowWrite covers it', 'denied by "./locked" in denyWrite']) assert.ok(text.includes(expected), text);
    await keepScreenshot('violations-view');
  });

  it('they are grouped by command, too, and by rule again', async () => {
    await runCommandAndPick(page, 'srt: Group Violations By…', 'By command');
    const texts = () => page.locator('.part.panel .monaco-list-row').allInnerTexts();
    await eventually('one group', texts, (rows) => rows.length === 4 && rows[0].includes('Sandboxed (srt)'));
    await runCommandAndPick(page, 'srt: Group Violations By…', 'By rule');
    await eventually('a group for each rule again', texts, (rows) => rows.length === 6 && rows[0].includes('denied by'));
    await runCommandAndPick(page, 'srt: Group Violations By…', 'By command');
    await eventually('one group again', texts, (rows) => rows.length === 4 && rows[0].includes('Sandboxed (srt)'));
  });

  it('the Explorer marks what commands cannot read, once that is wanted', async () => {
    writeFileSync(join(folder, '.vscode', 'settings.json'), '{ "srt.explorerDecorations": true }');
    await page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'secrets' }).locator('[class*="decoration-badge"]').first().waitFor();
  });

  it('a policy test that fails says so where the expectation stands, with the rule', async () => {
    const tests = [{ name: 'reports', expect: 'allow', write: ['./locked/report'] }, { name: 'secrets', expect: 'deny', read: ['./secrets/token'] }];
    writeFileSync(join(folder, 'policy.srt-test.json'), JSON.stringify({ tests }, null, 2));
    await page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'policy.srt-test.json' }).waitFor(); // else it may not be found yet
    await openFile(page, 'policy.srt-test.json');
    await eventually('the test', () => page.locator('.testing-run-glyph').count(), (count) => count > 0);
    await runCommand(page, 'Test: Run All Tests');
    await page.getByText('expected to allow write ./locked/report, but it is denied: denied by "./locked" in denyWrite').first().waitFor();
    await keepScreenshot('policy-test');
    await runCommand(page, 'View: Close Editor');
  });

  it('the effective policy says where everything comes from', async () => {
    await openFile(page, '.srt-settings.json');
    await runCommand(page, 'srt: Show Effective Policy');
    await page.locator('.view-line', { hasText: 'deniedDomainReasons' }).first().waitFor();
    await keepScreenshot('effective-policy');
    await runCommand(page, 'View: Close Editor');
  });

  it('the terminal\'s size follows the window', async () => {
    await runCommand(page, 'Terminal: Focus Terminal');
    const before = await terminalText(page);
    await page.setViewportSize({ width: 1000, height: 800 });
    await page.keyboard.type('stty size\n');
    await eventually('another size', () => terminalText(page), (text) => text.length > before.length && /\n\d+ \d+\n[^]*\n\d+ \d+\n/.test(text));
    const sizes = [...(await terminalText(page)).matchAll(/^(\d+) (\d+)$/gm)].map(([, , columns]) => Number(columns));
    assert.ok(sizes.at(-1) < sizes[0], sizes.join());
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('a host that no rule covers is asked about; "always" adds it to the policy, and it is not asked about again', async () => {
    await runCommand(page, 'Terminal: Focus Terminal');
    await page.keyboard.type('for i in 1 2; do curl -s http://asked.test; done; echo "curl $?"\n');
    await answerNotification(page, 'curl in "Sandboxed (srt)" wants to connect to asked.test port 80', 'Always', () => keepScreenshot('ask'));
    await eventually('the policy', () => readFileSync(join(folder, '.srt-settings.json'), 'utf8'), (text) => text.includes('"asked.test"'));
    await waitForTerminalText(page, '\ncurl ');
  });

  it('a task runs in the sandbox', async () => {
    await runCommandAndPick(page, 'Tasks: Run Task', 'build in the sandbox');
    assert.match(await waitForTerminalText(page, 'Terminal will be reused by tasks'), /sample-tool: Read-only file system[^]*build done/);
    await keepScreenshot('task');
    await page.keyboard.press('Enter');
  });

  it('the statistics are tables that say the same, in light and dark', async () => {
    await runCommand(page, 'srt: Show Statistics');
    const frame = page.frameLocator('iframe.webview').frameLocator('iframe');
    await frame.getByRole('table', { name: 'By path' }).waitFor();
    assert.match(await frame.locator('main').innerText(), /Refused so far: \d+/);
    const widths = await frame.locator('td[data-size]').evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().width));
    assert.ok(widths.every((width) => width > 0) && new Set(widths).size > 1, widths.join());
    await keepScreenshot('statistics-dark');
    await runCommand(page, 'Preferences: Toggle between Light/Dark Themes');
    await page.locator('.monaco-workbench.vs').waitFor();
    await keepScreenshot('statistics-light');
    await runCommand(page, 'srt: Show Violations');
    await keepScreenshot('violations-light');
  });
});
