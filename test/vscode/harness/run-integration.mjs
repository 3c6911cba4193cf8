#!/usr/bin/env node
/**
 * Runs a suite inside the extension host of a real VS Code and exits with 0 or 1.
 *
 *   node run-integration.mjs --extension <folder> --tests <index.js> --folder <workspace folder>
 *                            [--workspace <file>] [--grep <text>] [--time-limit <seconds>] [--settings <json>]
 *
 * It succeeds only if VS Code ended with 0 AND the suite reported its end AND something passed AND nothing failed.
 */
import { mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { launchBrowser, openWorkbench } from './browser.mjs';
import { atExit } from './cleanup.mjs';
import { ensureServer } from './fetch-vscode.mjs';
import { createSpecPrinter, findFaults, parseRecords } from './integration-report.mjs';
import { isMain } from './is-main.mjs';
import { tail } from './run-program.mjs';
import { startServer } from './vscode-server.mjs';

const TIME_LIMIT_MS = 180_000;
const HOST_LOG_LINES = 40;

/** Resolves with true if the suite succeeded. The options of `startServer` may be given as `server`. */
export async function runIntegration({
  extensionDevelopmentPath,
  extensionTestsPath,
  folder,
  workspace,
  server = {},
  timeLimitMs = TIME_LIMIT_MS,
  print = console.log,
}) {
  const serverDir = server.serverDir ?? (await ensureServer({ log: print }));
  const undo = [];
  try {
    const results = createResults(createSpecPrinter(print));
    undo.push(results.remove);
    const running = await startServer({ ...server, serverDir, env: { ...server.env, EXT_TEST_RESULTS: results.file } });
    undo.push(running.stop);
    const browser = await launchBrowser();
    undo.push(() => browser.close());
    const what = { folder, workspace, extensionDevelopmentPath, extensionTestsPath };
    const ending = await runInWorkbench({ browser, running, timeLimitMs, what });
    const records = results.finish();
    const faults = findFaults(records, ending);
    reportOutcome({ records, faults, errors: ending.errors, running, print });
    return faults.length === 0;
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

/**
 * Opens the workbench and resolves with how the tests ended, { code } from VS Code or { trouble } in words, and with
 * the errors the workbench has logged: the only place that names the cause when a test index cannot be loaded.
 */
function runInWorkbench({ browser, running, timeLimitMs, what }) {
  const errors = [];
  return new Promise((resolve) => {
    const end = (ending) => {
      clearTimeout(timer);
      resolve({ ...ending, errors });
    };
    const timer = setTimeout(
      () => end({ trouble: `the time limit of ${timeLimitMs / 1000} s was reached` }),
      timeLimitMs,
    );
    running.exited.then((how) => end({ trouble: `the VS Code server ended with ${how}` }));
    const exposed = {
      codeAutomationExit: (code) => end({ code }),
      codeAutomationLog: (level, [message]) => isError(level, message) && errors.push(String(message)),
    };
    openWorkbench(browser, running, { ...what, exposed }).then(
      (page) => page.on('crash', () => end({ trouble: 'the browser page crashed' })),
      (error) => end({ trouble: `the workbench did not open: ${error.message}` }),
    );
  });
}

/** This server has no service worker to register, and says so at every start. */
function isError(level, message) {
  return level === 'error' && !String(message).startsWith('[Service Worker]');
}

/** A file for the records of the suite, which are passed on to `onRecord` as they come. */
function createResults(onRecord) {
  const folder = mkdtempSync(join(tmpdir(), 'vsc-results-'));
  const file = join(folder, 'results.jsonl');
  let seen = 0;
  const read = () => {
    const records = parseRecords(readFileSync(file, 'utf8'));
    for (const record of records.slice(seen)) onRecord(record);
    seen = records.length;
    return records;
  };
  writeFileSync(file, '');
  const watcher = watch(file, read);
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  const forget = atExit(removeFolder);
  const finish = () => {
    watcher.close();
    return read();
  };
  const remove = () => {
    watcher.close();
    removeFolder();
    forget();
  };
  return { file, finish, remove };
}

function reportOutcome({ records, faults, errors, running, print }) {
  const count = (event) => records.filter((record) => record.event === event).length;
  print(`\n  ${count('pass')} passing, ${count('fail')} failing, ${count('skip')} skipped`);
  if (faults.length === 0) return;
  print(`\nNot a success: ${faults.join('; ')}.`);
  const hostLog = tail(running.extensionHostLog(), HOST_LOG_LINES) || '(empty: the extension host has not started)';
  print(`\n--- errors of the workbench\n${errors.join('\n') || '(none)'}`);
  print(`--- end of the extension host's log\n${hostLog}`);
  print(`--- end of the server's log\n${tail(running.log())}`);
}

async function main() {
  const { values } = parseArgs({
    options: {
      extension: { type: 'string' },
      tests: { type: 'string' },
      folder: { type: 'string' },
      workspace: { type: 'string' },
      grep: { type: 'string' },
      settings: { type: 'string', default: '{}' },
      'time-limit': { type: 'string', default: String(TIME_LIMIT_MS / 1000) },
    },
  });
  const path = (name) => values[name] && resolve(values[name]);
  if (!values.extension || !values.tests) throw new Error('expected --extension <folder> and --tests <index.js>');
  return runIntegration({
    extensionDevelopmentPath: path('extension'),
    extensionTestsPath: path('tests'),
    folder: path('folder'),
    workspace: path('workspace'),
    server: { userSettings: JSON.parse(values.settings), env: values.grep ? { EXT_TEST_GREP: values.grep } : {} },
    timeLimitMs: Number(values['time-limit']) * 1000,
  });
}

if (isMain(import.meta)) {
  const isSuccess = await main().catch((error) => {
    console.error(`run-integration: ${error.message}`);
    return false;
  });
  process.exitCode = isSuccess ? 0 : 1;
}
