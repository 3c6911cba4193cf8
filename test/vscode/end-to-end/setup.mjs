/** One VS Code for all end-to-end tests: a clean server with the VSIX that `npm run package` makes, as a user would install it. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { packageTarget } from '../../../scripts/package.mjs';
import { launchBrowser, openWorkbench } from '../harness/browser.mjs';
import { atExit } from '../harness/cleanup.mjs';
import { ensureServer } from '../harness/fetch-vscode.mjs';
import { startServer } from '../harness/vscode-server.mjs';
import { eventually, screenshot, waitForWorkbench } from '../harness/workbench.mjs';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const screenshots = join(root, 'test-output', 'screenshots');
const SETTINGS = { 'workbench.colorTheme': 'Default Dark Modern', 'window.commandCenter': false };

const state = {};

/** The server, for tests that end parts of it. */
export const server = () => state.server;

/** A copy of the sample workspace, or an empty folder, opened in a page of its own. */
export async function openFolder(name) {
  const folder = join(state.temporary, name);
  if (name === 'sample') cpSync(join(root, 'test', 'fixtures', 'workspaces', 'sample'), folder, { recursive: true });
  else temporaryFolder(name);
  await state.page?.context().close();
  state.page = await openWorkbench(state.browser, state.server, { folder });
  await waitForWorkbench(state.page);
  await waitForExtension(state.page);
  return { folder, page: state.page };
}

/** Where a fix may open something: other people's home directories, and what the machine shares, are not offered. */
export const home = () => join(state.temporary, 'home');

/** A folder of its own that goes with the rest. */
export function temporaryFolder(name) {
  const folder = join(state.temporary, name);
  mkdirSync(folder);
  return folder;
}

/** Until it is active, its commands are not in the palette. */
export async function waitForExtension(page) {
  await page.locator('.statusbar-item[id*="srt.policy"]').waitFor({ timeout: 60_000 });
}

export const keepScreenshot = (name) => screenshot(state.page, name, screenshots);

/** Command lines of processes that were started for this server, wherever they hang in the tree now. */
export function leftovers() {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(commandLine).filter((line) => line.includes(state.server.dataDir));
}

/** Of a process; empty when it has just ended. */
export function commandLine(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

export const mochaHooks = {
  async beforeAll() {
    this.timeout(120_000);
    // Not below /tmp, of which a sandbox has its own.
    state.temporary = mkdtempSync(join(homedir(), '.srt-e2e-'));
    atExit(() => rmSync(state.temporary, { recursive: true, force: true }));
    const { vsix } = packageTarget(`${process.platform}-${process.arch}`, state.temporary);
    const serverDir = await ensureServer({ compile: false });
    state.browser = await launchBrowser();
    state.server = await startServer({ serverDir, installVsix: vsix, userSettings: SETTINGS, env: { HOME: temporaryFolder('home') } });
  },
  async afterEach() {
    if (state.page && this.currentTest.state === 'failed') await keepScreenshot(`failed-${this.currentTest.title.replace(/\W+/g, '-')}`);
  },
  async afterAll() {
    this.timeout(30_000);
    await state.page?.context().close();
    await state.server?.stop();
    await state.browser?.close();
    // Terminals, session host, sandboxes: with the editor they are gone.
    if (state.server) await eventually('nothing left running', leftovers, (lines) => lines.length === 0, 20_000);
    rmSync(state.temporary, { recursive: true, force: true });
  },
};
