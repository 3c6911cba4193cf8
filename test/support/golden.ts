import { strict as assert } from 'node:assert';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const fixtures = join(__dirname, '..', '..', 'fixtures');

/** Compares with a committed file; `UPDATE_GOLDEN=1 npm test` rewrites it. */
export function assertGolden(path: string, actual: string): void {
  const file = join(fixtures, path);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, actual);
  }
  assert.ok(existsSync(file), `${path} does not exist yet; run: UPDATE_GOLDEN=1 npm test`);
  assert.equal(actual, readFileSync(file, 'utf8'), `${path} differs; if the change is meant, run: UPDATE_GOLDEN=1 npm test`);
}
