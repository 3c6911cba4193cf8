/**
 * Runs mocha inside the extension host. An index that exports `createIntegrationIndex(...)` serves VS Code's
 * extensionTestsPath here and under @vscode/test-electron alike.
 *
 * What happened is written as JSON lines to the file named by EXT_TEST_RESULTS, one record per event:
 *   { event: 'pass' | 'fail' | 'skip' | 'note', suites, title, duration?, error? }  and last  { event: 'end' }
 * A note is a figure that a test has measured and holds to nothing.
 */
const { appendFileSync, readdirSync } = require('node:fs');
const { join } = require('node:path');

const Mocha = require('mocha');
const vscode = require('vscode');

const TEST_TIMEOUT_MS = 20_000;

/** `testsFolder` is searched for files ending in `suffix`; `extensionId` names the extension under test. */
exports.createIntegrationIndex = function createIntegrationIndex({
  testsFolder,
  suffix = '.test.js',
  extensionId,
  timeoutMs = TEST_TIMEOUT_MS,
}) {
  return {
    async run() {
      const write = recordWriter(process.env.EXT_TEST_RESULTS);
      const failures = await runMocha({ files: findTests(testsFolder, suffix), timeoutMs, write });
      const isActive = await recordActivation(extensionId, write);
      write({ event: 'end' });
      if (failures > 0 || !isActive)
        throw new Error(`${failures} tests failed; ${extensionId} ${isActive ? 'is' : 'is not'} active`);
    },
  };
};

function recordWriter(file) {
  // Under another runner nobody reads records: mocha's own report is then the result.
  if (file === undefined) return () => {};
  return (record) => appendFileSync(file, `${JSON.stringify(record)}\n`);
}

function findTests(folder, suffix) {
  const names = readdirSync(folder, { recursive: true }).filter(
    (name) => name.endsWith(suffix) && !name.includes('node_modules'),
  );
  return names.sort().map((name) => join(folder, name));
}

function runMocha({ files, timeoutMs, write }) {
  const hasReader = process.env.EXT_TEST_RESULTS !== undefined;
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: timeoutMs,
    reporter: hasReader ? 'min' : 'spec',
    grep: process.env.EXT_TEST_GREP,
    forbidOnly: Boolean(process.env.CI),
  });
  if (hasReader) mocha.reporter(createRecorder(write));
  for (const file of files) mocha.addFile(file);
  return new Promise((resolve) => mocha.run(resolve));
}

function createRecorder(write) {
  const { EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_PENDING } = Mocha.Runner.constants;
  return function Recorder(runner) {
    runner.on(EVENT_TEST_PASS, (test) => write(describe('pass', test)));
    runner.on(EVENT_TEST_PENDING, (test) => write(describe('skip', test)));
    // Also emitted for hooks that fail, whose title then says so.
    runner.on(EVENT_TEST_FAIL, (test, error) => write({ ...describe('fail', test), error: explain(error) }));
  };
}

function describe(event, test) {
  return { event, suites: test.parent.titlePath(), title: test.title, duration: test.duration };
}

/** Assertion errors carry the two values; a stack alone may not show them. */
function explain(error) {
  const text = error.stack ?? String(error);
  if (!error.showDiff && error.expected === undefined) return text;
  return `${text}\n  expected: ${JSON.stringify(error.expected)}\n  actual:   ${JSON.stringify(error.actual)}`;
}

/**
 * An extension that throws in activate() only leaves a line in a log. Asked after the tests, so that they still see
 * what activates it; activate() then rejects with the error of the first attempt. A success is not recorded: it
 * would make a suite without tests look like one that passed.
 */
async function recordActivation(extensionId, write) {
  try {
    const extension = vscode.extensions.getExtension(extensionId);
    if (!extension)
      throw new Error(`VS Code does not know an extension ${extensionId}; it has ${listDevelopmentExtensions()}`);
    await extension.activate();
    return true;
  } catch (error) {
    write({ event: 'fail', suites: [], title: `${extensionId} activates`, error: explain(error) });
    return false;
  }
}

function listDevelopmentExtensions() {
  const ids = vscode.extensions.all.map(({ id }) => id).filter((id) => !id.startsWith('vscode.'));
  return ids.join(', ') || 'only its own';
}
