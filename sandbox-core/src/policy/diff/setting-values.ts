import { BLOCKS } from '../layers/merge-keys';
import { childPointer, ROOT_POINTER, type PolicyPointer } from '../pointer';
import type { Policy } from '../policy.generated';
import { schemaAt } from '../schema';

export interface DifferentSetting {
  readonly pointer: PolicyPointer;
  readonly was: unknown;
  readonly is: unknown;
}

/** The keys whose values differ, a missing one being the format's default. */
export function effectiveSettings(before: Policy, after: Policy): DifferentSetting[] {
  return below(ROOT_POINTER, before, after);
}

function below(at: PolicyPointer, before: unknown, after: unknown): DifferentSetting[] {
  if (!BLOCKS.has(at)) return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ pointer: at, was: before, is: after }];
  const [was, is] = [entriesOf(before), entriesOf(after)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((key) => {
    const pointer = childPointer(at, key);
    const fallback = schemaAt(pointer)?.default;
    return below(pointer, was.get(key) ?? fallback, is.get(key) ?? fallback);
  });
}

function entriesOf(block: unknown): Map<string, unknown> {
  return new Map(typeof block === 'object' && block !== null ? Object.entries(block) : []);
}
