import { describePointer, printable, type PolicyValue } from 'sandbox-core/policy';
import { SymbolKind, type SymbolInformation } from 'vscode-languageserver-types';

import type { PolicyView } from '../policy-view';
import { toRange } from './problems';

const MAX_SYMBOLS = 500;

/** Every path and domain of the policies, found by any part of its text or of its list's name. */
export function workspaceSymbols(views: Iterable<PolicyView>, query: string): SymbolInformation[] {
  const wanted = query.toLowerCase();
  const found: SymbolInformation[] = [];
  for (const view of views) {
    for (const value of view.values()) {
      const containerName = describePointer(value.pointer);
      if (!`${value.text} ${containerName}`.toLowerCase().includes(wanted)) continue;
      if (found.push(symbol(view, value, containerName)) >= MAX_SYMBOLS) return found;
    }
  }
  return found;
}

function symbol({ document }: PolicyView, { kind, text, node }: PolicyValue, containerName: string): SymbolInformation {
  return { name: printable(text), containerName: printable(containerName), kind: kind === 'path' ? SymbolKind.File : SymbolKind.Namespace, location: { uri: document.uri, range: toRange(document, node) } };
}
