/** The extension host comes and goes; what runs in terminals does not. */
import assert from 'node:assert/strict';

import { listDescendants } from '../harness/process-group.mjs';
import { eventually, runCommand, runCommandAndPick, terminalText, waitForTerminalText } from '../harness/workbench.mjs';
import { commandLine, openFolder, server, waitForExtension } from './setup.mjs';

const rows = (page) => page.locator('.part.panel .monaco-list-row').allInnerTexts();

describe('a sandboxed terminal', function () {
  this.timeout(90_000);
  let page;

  const works = async (name) => {
    await page.bringToFront();
    await runCommand(page, 'Terminal: Focus Terminal');
    await page.locator('.part.panel', { hasText: 'Sandboxed (srt)' }).waitFor(); // restored, and not another one in its place
    await waitForTerminalText(page, 'kept=so'); // its text is back
    await page.locator('.part.panel .terminal-wrapper.active .xterm-screen').click(); // else the keys go elsewhere
    // The connection to the shell may come a moment after the text: what is typed before goes nowhere.
    const answer = async () => {
      await page.keyboard.type(`echo ${name}-$((20 + 3))\n`);
      return eventually('its answer', () => terminalText(page), (text) => text.includes(`${name}-23`), 2000).catch(() => undefined);
    };
    await eventually('an answer of the shell', answer, (text) => text !== undefined);
    await page.keyboard.type(`echo still $kept; touch ${name}\n`);
    await waitForTerminalText(page, `cannot touch '${name}'`);
    assert.match(await terminalText(page), /\nstill so\n/);
    await runCommand(page, 'srt: Show Violations');
    await eventually(`the refusal of ${name}`, () => rows(page), (texts) => texts.some((text) => text.includes(name)));
  };

  before(async () => {
    ({ page } = await openFolder('survivor'));
    await runCommandAndPick(page, 'Create New Terminal (With Profile)', 'Sandboxed (srt)');
    await eventually('a prompt', () => terminalText(page), (text) => /[#$] ?$/.test(text));
    await page.keyboard.type('kept=so\n');
    // Also gives VS Code the time to note that there is this terminal.
    await works('at-first');
  });

  it('survives a reload of the window', async () => {
    await page.reload();
    await waitForExtension(page);
    await works('after-reload');
  });

  it('survives the death of the extension host', async () => {
    const hosts = listDescendants(server().pid).filter((pid) => commandLine(pid).includes('--type=extensionHost'));
    assert.ok(hosts.length > 0);
    for (const pid of hosts) process.kill(pid, 'SIGKILL');
    await page.reload();
    await waitForExtension(page);
    await works('after-death');
  });
});
