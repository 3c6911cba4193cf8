import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';

import { policyOf } from '../support/policies';
import { openSandbox, whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';

/** Tries to make as many files as it is told, each under its own name or all under one. */
const FLOOD = `
  const [count, names] = process.argv.slice(1);
  Error.stackTraceLimit = 0;
  for (let n = 0; n < Number(count); n++) try { require('node:fs').openSync('flood' + (names === 'many' ? n : ''), 'wx'); } catch {}`;

/** The short form; bench/flood.mjs refuses 1,000,000. */
describe('a flood of refused operations', { skip: whyNotEnforced() ?? false }, () => {
  it('is counted to the last one, in a bounded list', async (context) => {
    const { session, run } = await openSandbox(context, { policy: policyOf() });
    assert.equal((await run([process.execPath, '-e', FLOOD, '30000', 'many'])).code, 0);
    assert.equal((await run([process.execPath, '-e', FLOOD, '20000', 'one'])).code, 0);
    assert.equal(session.violations.violations.length, 1000);
    assert.equal(session.violations.violations.at(-1)?.count, 20_000);
    assert.deepEqual(session.violations.totals, { refused: 50_000, ignored: 0, pushedOut: 29_001, byRule: [{ rule: { kind: 'default', pointer: '/filesystem/allowWrite' }, count: 50_000 }] });
  });
});

describe('ignoreViolations', { skip: whyNotEnforced() ?? false }, () => {
  it('keeps what was refused out of the reports, and refused; a running session takes a change', async (context) => {
    const directory = temporaryDirectory(context);
    const policy = policyOf({ ignoreViolations: { bash: [`${directory}/known`] } });
    const sandbox = await openSandbox(context, { policy, directory });
    const script = '! echo x > known-a && ! echo x > other';
    assert.equal((await sandbox.script(script)).code, 0);
    assert.deepEqual(sandbox.violations(), [`write ${directory}/other /filesystem/allowWrite`]);
    await sandbox.session.updatePolicy({ ...policy, ignoreViolations: {} });
    await sandbox.script(script);
    assert.deepEqual(sandbox.violations().sort(), [`write ${directory}/known-a /filesystem/allowWrite`, `write ${directory}/other /filesystem/allowWrite`]);
  });
});
