import type { Problem } from '../problem';
import { toPointer, type PointerSegment } from '../pointer';
import { schemaAt } from '../schema';
import type { PolicyRule, RuleContext } from '../validate';

/** Keys of ours that sandbox-runtime drops without a word. Reported where a policy has to work there too. */
export const extensionKey: PolicyRule = {
  codes: ['extension-key'],
  check: (context) => (context.portable ? extensionKeys(context, context.policy, []) : []),
};

function extensionKeys(context: RuleContext, value: unknown, at: readonly PointerSegment[]): Problem[] {
  if (typeof value !== 'object' || value === null) return [];
  const entries: readonly (readonly [PointerSegment, unknown])[] = Array.isArray(value) ? value.map((item, index) => [index, item]) : Object.entries(value);
  return entries.flatMap(([key, child]) => {
    const path = [...at, key];
    const pointer = toPointer(path);
    if (typeof key === 'string' && schemaAt(pointer)?.['x-srt']?.extension === true) return [context.problem('extension-key', 'sandbox-runtime does not know this key and drops it: the policy means something else there', pointer)];
    return typeof child === 'object' ? extensionKeys(context, child, path) : [];
  });
}
