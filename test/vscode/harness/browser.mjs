/** A headless Chromium of the system, and the workbench of a running server in it. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

import { atExit } from './cleanup.mjs';
import { workbenchUrl } from './workbench-url.mjs';

const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];
const VIEWPORT = { width: 1280, height: 800 };
const OPEN_TIMEOUT_MS = 60_000;

const FLAGS = [
  '--disable-gpu',
  // /dev/shm is 64 MB in most containers; a crashed tab is the only sign of a full one.
  '--disable-dev-shm-usage',
  // Off the network: the workbench's own server is all there is.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  '--no-proxy-server',
  '--disable-background-networking',
];

/** Without Chromium's own sandbox: it refuses to start as root and where user namespaces are forbidden. */
export async function launchBrowser({ executablePath = findBrowser(), headless = true } = {}) {
  // Chromium writes below the home folder (certificates, caches) and needs one that can be written to.
  const home = mkdtempSync(join(tmpdir(), 'vsc-browser-'));
  const removeHome = () => rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  const forget = atExit(removeHome);
  const browser = await chromium.launch({
    executablePath,
    headless,
    args: FLAGS,
    chromiumSandbox: false,
    env: browserEnvironment(home),
    // cleanup.mjs turns signals into exits, at which playwright ends the browser.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  browser.on('disconnected', () => {
    removeHome();
    forget();
  });
  return browser;
}

/**
 * Opens a workbench in a context of its own and resolves with the page. `what` is described in workbench-url.mjs.
 * `exposed` maps names to functions which the workbench finds as window.<name>.
 */
export async function openWorkbench(browser, server, { exposed = {}, ...what }) {
  const context = await browser.newContext({ viewport: VIEWPORT, permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  for (const [name, listener] of Object.entries(exposed)) await page.exposeFunction(name, listener);
  await page.goto(workbenchUrl(server, what), { timeout: OPEN_TIMEOUT_MS, waitUntil: 'domcontentloaded' });
  return page;
}

function findBrowser() {
  const found = CANDIDATES.find((path) => existsSync(path));
  if (found) return found;
  throw new Error(
    `expected Chromium or Chrome as one of ${CANDIDATES.join(', ')}; found none. On Debian: apt-get install chromium`,
  );
}

function browserEnvironment(home) {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(XDG_|DISPLAY$|WAYLAND_DISPLAY$|DBUS_|.*_proxy$)/i.test(name),
  );
  return { ...Object.fromEntries(kept), HOME: home, TMPDIR: home };
}
