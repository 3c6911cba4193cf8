import { removeEntries, textEdits, validatePolicy, type Fix, type Problem } from 'sandbox-core/policy';
import { applyEdits, type Edit } from 'jsonc-parser';

import type { PolicyView } from '../policy-view';
import { difference } from './text-difference';

/** A fix may bring the next problem to light. */
const MAX_PASSES = 5;
/** Removals of entries are made at once; each other fix costs a look at the whole text. */
const MAX_SINGLE_FIXES = 50;

/** One edit that applies every preferred fix; those never widen a policy. */
export function fixAll(view: PolicyView): Edit[] {
  const before = view.syntax.text;
  let text = before;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const edits = safeEdits(text, pass === 0 ? view.problems : validatePolicy(text).problems);
    if (edits.length === 0) break;
    text = applyEdits(text, edits);
  }
  return text === before ? [] : [difference(before, text)];
}

function safeEdits(text: string, problems: readonly Problem[]): Edit[] {
  const fixes = problems.flatMap(({ fixes: offered = [] }): Fix[] => offered.filter(({ preferred }) => preferred).slice(0, 1));
  const removals = fixes.flatMap(({ edit }) => (edit.kind === 'remove' && /\/\d+$/.test(edit.pointer) ? [edit.pointer] : []));
  if (removals.length > 0) return removeEntries(validatePolicy(text).syntax, removals);
  return withoutOverlaps(fixes.slice(0, MAX_SINGLE_FIXES).map(({ edit }) => textEdits(text, edit)));
}

/** Of a fix, all edits or none. What is left out is met again in the next pass. */
function withoutOverlaps(fixes: readonly (readonly Edit[])[]): Edit[] {
  const kept: Edit[] = [];
  for (const edits of fixes) if (!edits.some((edit) => kept.some((other) => touches(edit, other)))) kept.push(...edits);
  return kept;
}

function touches(a: Edit, b: Edit): boolean {
  return a.offset <= b.offset + b.length && b.offset <= a.offset + a.length;
}
