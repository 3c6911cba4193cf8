import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ProblemCode } from '../policy';

/** Beside the bundle (dist/srt.js), or beside the sources (sandbox-core/out/host). */
const PLACES = [join(__dirname, '..', 'docs', 'problems'), join(__dirname, '..', '..', '..', 'docs', 'problems')];

/** The documentation of a problem, as it came with this version; undefined where it was not installed along. */
export function problemPage(code: ProblemCode): string | undefined {
  for (const place of PLACES) {
    try {
      return readFileSync(join(place, `${code}.md`), 'utf8');
    } catch {
      continue;
    }
  }
  return undefined;
}
