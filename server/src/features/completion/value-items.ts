import { knownHosts } from 'sandbox-core/policy';
import type { CompletionItem, CompletionList, Range } from 'vscode-languageserver-types';

/** A completion that replaces the value under the cursor: with its label, unless it says with what. */
export type ValueItem = Omit<CompletionItem, 'textEdit'>;

/** @property range what each of the items replaces */
export interface ValueList {
  readonly isIncomplete: boolean;
  readonly range: Range;
  readonly items: readonly ValueItem[];
}

/** What all items replace is said once (LSP 3.17, `itemDefaults.editRange`), for clients that know it. */
export function shortList({ isIncomplete, range, items }: ValueList): CompletionList {
  return { isIncomplete, itemDefaults: { editRange: range }, items: [...items] };
}

/** The same for every client: each item says itself what it replaces. */
export function longList({ isIncomplete, range, items }: ValueList): CompletionList {
  return { isIncomplete, items: items.map(({ textEditText, ...item }) => ({ ...item, textEdit: { range, newText: textEditText ?? item.label } })) };
}

/** What only the item that is looked at needs. */
export function resolveCompletion(item: CompletionItem): CompletionItem {
  const set = knownHosts.find(({ name }) => name === item.data);
  return set ? { ...item, documentation: [set.description, '', ...set.domains].join('\n') } : item;
}
