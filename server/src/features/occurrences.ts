import { entryPath, type PolicyValue } from 'sandbox-core/policy';
import { DocumentHighlightKind, type DocumentHighlight, type Location } from 'vscode-languageserver-types';

import type { PolicyView } from '../policy-view';
import { toRange } from './problems';

/** Everywhere that the policy names the same file or host as at this place, in whatever list and spelling. */
export function occurrences(view: PolicyView, offset: number): readonly PolicyValue[] {
  const value = view.valueAt(offset);
  if (!value) return [];
  const identity = identityOf(view, value);
  return view.values().filter((other) => other.kind === value.kind && identityOf(view, other) === identity);
}

export function highlights(view: PolicyView, offset: number): DocumentHighlight[] {
  return occurrences(view, offset).map((value) => ({ range: toRange(view.document, value.node), kind: /^\/filesystem\/\w+Write\//.test(value.pointer) ? DocumentHighlightKind.Write : DocumentHighlightKind.Read }));
}

export function references(view: PolicyView, offset: number): Location[] {
  return occurrences(view, offset).map((value) => ({ uri: view.document.uri, range: toRange(view.document, value.node) }));
}

/** `./src`, `src/` and `src/**` are one directory; hosts are compared without case. */
function identityOf({ place }: PolicyView, { kind, text, literal }: PolicyValue): string {
  return kind === 'path' ? entryPath(text, literal, place) : text.toLowerCase();
}
