import { applyEdits, type Edit } from 'jsonc-parser';

import { textEdits } from './edit';
import type { ValidatedPolicy } from './validate';

/** A fix can make room for another one (an emptied list, a key that now has its right name). */
const MAX_ROUNDS = 8;
/** Each edit is computed by reading the whole text. */
const MAX_FIXES = 1000;

/** @property fixed how many problems were mended */
export interface FixedText {
  readonly text: string;
  readonly fixed: number;
}

/** Applies every preferred fix: those that are safe without a look, since none of them allows anything that was refused. */
export function fixAll(text: string, check: (text: string) => ValidatedPolicy): FixedText {
  let current = text;
  let fixed = 0;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const edits = preferredEdits(current, check(current), MAX_FIXES - fixed);
    if (edits.length === 0) break;
    current = applyEdits(current, edits.flat());
    fixed += edits.length;
  }
  return { text: current, fixed };
}

/** One list of edits for each fix; those that touch the same text wait for the next round. */
function preferredEdits(text: string, { problems }: ValidatedPolicy, limit: number): Edit[][] {
  const chosen: Edit[][] = [];
  const taken: Edit[] = [];
  for (const { fixes = [] } of problems) {
    const fix = fixes.find(({ preferred }) => preferred);
    if (!fix || chosen.length >= limit) continue;
    const edits = textEdits(text, fix.edit);
    if (edits.length === 0 || edits.some((edit) => taken.some((other) => touches(edit, other)))) continue;
    chosen.push(edits);
    taken.push(...edits);
  }
  return chosen;
}

function touches(a: Edit, b: Edit): boolean {
  return a.offset <= b.offset + b.length && b.offset <= a.offset + a.length;
}
