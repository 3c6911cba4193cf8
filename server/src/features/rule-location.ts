import { rangeAt, type PolicyPointer, type PolicySource, type RuleReference } from 'sandbox-core/policy';
import type { Location } from 'vscode-languageserver-types';
import { TextDocument } from 'vscode-languageserver-textdocument';

import type { PolicyView } from '../policy-view';
import { toRange } from './problems';
import { uriOf } from '../policy-place';

/** Where a rule stands, also in another file; of a preset's, the entry that extends it. Undefined for built-in rules. */
export function locationOfRule(view: PolicyView, rule: RuleReference): Location | undefined {
  if (rule.kind === 'built-in') return undefined;
  const { document, root, sources } = view;
  const pointer = rule.pointer as PolicyPointer; // set at parse
  if (rule.kind !== 'policy' || rule.file === undefined) return { uri: document.uri, range: toRange(document, rangeAt(root, pointer)) };
  const source = sources?.find(({ id }) => id === rule.file);
  return (source && locationIn(source, pointer)) ?? { uri: document.uri, range: toRange(document, rangeAt(root, '/extends' as PolicyPointer)) };
}

/** Undefined for a preset, which is no file. */
export function locationIn({ path, checked: { syntax } }: PolicySource, pointer: PolicyPointer): Location | undefined {
  if (path === undefined || !syntax.root) return undefined;
  const uri = uriOf(path);
  return { uri, range: toRange(TextDocument.create(uri, 'json', 0, syntax.text), rangeAt(syntax.root, pointer)) };
}

/** What an entry of the policy's own `extends` brings in; the policy itself is the first source. */
export function extendedSource(sources: readonly PolicySource[], entry: string): PolicySource | undefined {
  return sources.find(({ extendedBy, extendedAt }) => extendedAt === entry && extendedBy === sources[0]?.id);
}
