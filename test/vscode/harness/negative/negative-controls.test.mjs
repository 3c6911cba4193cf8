/** A harness that cannot fail proves nothing: each of these runs must end with 1 and say why. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const CONTROLS = [
  { name: 'a failing test', tests: 'failing-test.cjs', says: /1 passing, 1 failing[^]*Not a success: .*1 failing/ },
  {
    name: 'an extension that throws while activating',
    tests: 'throwing-extension.cjs',
    extension: 'throwing-extension',
    says: /thrown on purpose while activating[^]*1 failing/,
  },
  { name: 'a suite without tests', tests: 'no-test.cjs', says: /no test passed/ },
  {
    name: 'an index that reports nothing',
    tests: 'silent.cjs',
    says: /no test passed; the tests did not run to their end/,
  },
  { name: 'an index with a syntax error', tests: 'syntax-error.cjs', says: /SyntaxError/ },
  {
    name: 'an index that blocks the extension host',
    tests: 'blocking.cjs',
    timeLimit: 15,
    says: /the time limit of 15 s was reached/,
  },
  { name: 'an extension host that dies', tests: 'killed-host.cjs', timeLimit: 40, says: /Not a success/ },
];

describe('the integration runner ends with 1 for', function () {
  this.timeout(120_000);

  for (const { name, tests, extension = '../../../..', timeLimit = 60, says } of CONTROLS) {
    it(name, async () => {
      const { code, output } = await runIntegration([
        '--extension',
        here(extension),
        '--tests',
        here(tests),
        '--time-limit',
        String(timeLimit),
      ]);
      assert.equal(code, 1, output);
      assert.match(output, says);
    });
  }
});

function runIntegration(argv) {
  const runner = here('../run-integration.mjs');
  return new Promise((resolve) => {
    execFile(process.execPath, [runner, ...argv, '--folder', here('../../../fixtures/workspaces/sample')], (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, output: stdout + stderr });
    });
  });
}
