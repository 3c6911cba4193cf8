import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

import { whyNotEnforced } from '../support/sandbox';
import { temporaryDirectory } from '../support/temporary';
import { buildProbe, createLab, surroundings } from './attack';
import { catalogue } from './catalogue';

const skip = whyNotEnforced() ?? (spawnSync('cc', ['--version']).error ? 'no C compiler for the probe (apt install gcc libc6-dev)' : false);
const user = process.getuid?.() === 0 ? 'root' : 'an ordinary user';

const program = skip === false ? buildProbe(temporaryDirectory({ after: (undo) => void process.once('exit', undo) })) : '';

for (const { title, attacks, surrounded = false } of catalogue)
  describe(`${title}, as ${user}`, { skip }, () => {
    for (const { id, name, attempt, allowed, seesAround = false, whyNotHere } of attacks) {
      const reason = whyNotHere?.() ?? false;
      it(`${id} ${name}: stopped`, { skip: reason }, (context) => attempt(createLab({ after: (undo) => context.after(undo) }, program)));
      it(`${id} ${name}: its twin is allowed`, { skip: reason }, (context) => allowed(createLab({ after: (undo) => context.after(undo) }, program)));
      for (const [where, surround] of Object.entries(surrounded && !seesAround ? surroundings : {})) it(`${id} ${name}, ${where}: stopped`, { skip: reason }, (context) => attempt(createLab({ after: (undo) => context.after(undo) }, program, surround)));
    }
  });

describe('the catalogue of attacks', () => {
  it('has each case once', () => {
    const ids = catalogue.flatMap(({ attacks, outOfReach }) => [...attacks, ...outOfReach].map(({ id }) => id));
    assert.deepEqual(ids.filter((id, index) => ids.indexOf(id) !== index), []);
    assert.deepEqual(ids.filter((id) => !/^[FPKIN]\d\d[a-z]?$/.test(id)), []);
  });
});
