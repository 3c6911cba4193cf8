/**
 * What a user does and sees in the workbench. Every function waits for the state it promises and, where that does
 * not come, says what there was instead. None sleeps for a fixed time.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const START_TIMEOUT_MS = 60_000;
const UI_TIMEOUT_MS = 15_000;
const QUICK_INPUT_TIMEOUT_MS = 5_000;
const POLL_MS = 100;

const QUICK_INPUT = '.quick-input-widget:not([style*="display: none"])';
const QUICK_INPUT_FIELD = `${QUICK_INPUT} .quick-input-filter input`;
const QUICK_INPUT_LABEL = `${QUICK_INPUT} .monaco-list-row .label-name`;
/** Characters of a private use area in front of the text. */
const ICONS = /^[\uE000-\uF8FF\s]*/;
const PROBLEM_ROW = '.markers-panel .monaco-list-row';
const NOTIFICATION = '.notifications-center .notification-list-item-message';
const TERMINAL = '.terminal-wrapper.active';

/** Waits until the workbench is restored: the server's test driver says so; without it the status bar stands. */
export async function waitForWorkbench(page) {
  await page.locator('.monaco-workbench .statusbar-item').first().waitFor({ timeout: START_TIMEOUT_MS });
  await page.evaluate(() => globalThis.driver?.whenWorkbenchRestored());
}

/** Runs a command by its exact title in the command palette, for instance "View: Toggle Terminal". */
export async function runCommand(page, title) {
  await page.keyboard.press('F1');
  await pickQuickInput(page, `>${title}`, title);
}

/** Opens a file of the workspace by its name through quick open and waits for its editor. */
export async function openFile(page, name) {
  await eventually(`"${name}" among the files`, () => findFile(page, name), (found) => found.includes(name), START_TIMEOUT_MS);
  await clickQuickInput(page, name);
  await page.locator(QUICK_INPUT).waitFor({ state: 'hidden', timeout: UI_TIMEOUT_MS });
  await page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor({ timeout: UI_TIMEOUT_MS });
  await page
    .locator(`.editor-instance .monaco-editor[data-uri$="/${encodeURIComponent(name)}"] .view-line`)
    .first()
    .waitFor({ timeout: UI_TIMEOUT_MS });
}

/**
 * Asks quick open once, and returns what it lists. Its list of files is made when it opens, and until that is there
 * it answers from the list of the time before: where that lacks a new file, only asking again shows it. It also goes
 * away when an editor that was still opening takes the focus: then nothing is listed.
 */
async function findFile(page, name) {
  const input = page.locator(QUICK_INPUT_FIELD);
  if (!(await input.isVisible())) await page.keyboard.press('Control+P');
  const labels = () => page.locator(QUICK_INPUT_LABEL).allTextContents();
  try {
    await input.fill('', { timeout: QUICK_INPUT_TIMEOUT_MS });
    await input.fill(name, { timeout: QUICK_INPUT_TIMEOUT_MS });
    return await eventually('an answer of quick open', async () => (await labels()).map(withoutIcon), (texts) => texts.includes(name) || texts.includes('No matching results'), QUICK_INPUT_TIMEOUT_MS);
  } catch (error) {
    return [String(error)];
  }
}

/** Runs a command that asks with a list of its own, and takes an entry of that. */
export async function runCommandAndPick(page, title, entry) {
  await page.keyboard.press('F1');
  await chooseQuickInput(page, `>${title}`, title);
  // Not typed: the command's list takes the palette's place at some moment, and text would go to either. That it has, its empty input says.
  await eventually('the list of the command', () => page.locator(QUICK_INPUT_FIELD).inputValue(), (value) => value === '');
  await clickQuickInput(page, entry);
  await page.locator(QUICK_INPUT).waitFor({ state: 'hidden', timeout: UI_TIMEOUT_MS });
}

/** Types into the open quick input, takes the entry with exactly this label, and waits until the input is closed. */
export async function pickQuickInput(page, text, label) {
  await chooseQuickInput(page, text, label);
  await page.locator(QUICK_INPUT).waitFor({ state: 'hidden', timeout: UI_TIMEOUT_MS });
}

async function chooseQuickInput(page, text, label) {
  const input = page.locator(QUICK_INPUT_FIELD);
  await input.waitFor({ timeout: UI_TIMEOUT_MS });
  await input.fill(text);
  await clickQuickInput(page, label);
}

async function clickQuickInput(page, label) {
  const labels = page.locator(QUICK_INPUT_LABEL);
  await eventually(
    `"${label}" in the quick input`,
    async () => (await labels.allTextContents()).map(withoutIcon),
    (texts) => texts.includes(label),
  );
  // By its text: a list that is still being filled moves its entries, and an index would take another one.
  await labels.filter({ hasText: new RegExp(`${ICONS.source}${label.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) }).first().click();
}

/** Opens the Problems panel and returns the text of its rows: files, and below each its problems. */
export async function problems(page) {
  await runCommand(page, 'Problems: Focus on Problems View');
  await page.locator('.markers-panel').waitFor({ timeout: UI_TIMEOUT_MS });
  return visibleTexts(page, PROBLEM_ROW);
}

/** Waits until the Problems panel has a row with this text, and returns all rows. */
export async function waitForProblem(page, text) {
  await problems(page);
  return eventually(
    `a problem "${text}"`,
    () => visibleTexts(page, PROBLEM_ROW),
    (rows) => rows.some((row) => row.includes(text)),
  );
}

/** The whole text of the active terminal, lines that have scrolled away included. */
export async function terminalText(page) {
  await page.locator(TERMINAL).waitFor({ timeout: UI_TIMEOUT_MS });
  return page.evaluate(readTerminal, TERMINAL);
}

export async function waitForTerminalText(page, text) {
  return eventually(
    `"${text}" in the terminal`,
    () => terminalText(page),
    (shown) => shown.includes(text),
  );
}

/** Opens the notification center, since under the test driver VS Code shows no toasts, and returns the messages. */
export async function notifications(page) {
  await runCommand(page, 'Notifications: Show Notifications');
  await page.locator('.notifications-center.visible').waitFor({ timeout: UI_TIMEOUT_MS });
  return visibleTexts(page, NOTIFICATION);
}

export async function waitForNotification(page, text) {
  await notifications(page);
  return eventually(
    `a notification "${text}"`,
    () => visibleTexts(page, NOTIFICATION),
    (shown) => shown.some((message) => message.includes(text)),
  );
}

/** Opens the notification center, waits for a notification with this text, and presses one of its buttons. */
export async function answerNotification(page, text, button, beforehand = () => undefined) {
  await waitForNotification(page, text);
  await beforehand();
  const row = page.locator('.notifications-center .notification-list-item', { hasText: text });
  await row.locator('.monaco-button', { hasText: button }).first().click();
}

/** Writes <folder>/<name>.png and returns its path. */
export async function screenshot(page, name, folder) {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path });
  return path;
}

/** Asks until the answer is accepted and returns it. `what` names the wanted thing in the error. */
export async function eventually(what, ask, isAccepted, timeoutMs = UI_TIMEOUT_MS) {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (isAccepted(answer)) return answer;
    if (performance.now() > end)
      throw new Error(`expected ${what} within ${timeoutMs / 1000} s; there was ${JSON.stringify(answer)}`);
    await delay(POLL_MS);
  }
}

function withoutIcon(text) {
  return text.replace(ICONS, '');
}

/** Lists are virtual: rows outside the visible part of the panel do not exist in the page. */
async function visibleTexts(page, selector) {
  const texts = await page.locator(selector).allInnerTexts();
  return texts.map((text) => text.replace(/\s+/g, ' ').trim());
}

/** Runs in the page. xterm's buffer joins what the screen wraps and does not end at the screen's edge. */
function readTerminal(selector) {
  const { xterm } = document.querySelector(selector);
  const { active } = xterm.buffer;
  let text = '';
  for (let index = 0; index < active.length; index++) {
    const line = active.getLine(index);
    text += (line.isWrapped || index === 0 ? '' : '\n') + line.translateToString(true);
  }
  return text.trimEnd();
}
