import type { CancellationToken } from 'vscode-languageserver';

import { withExtended } from '../composed-policy';
import { codeLenses } from '../features/code-lenses';
import { diffLenses } from '../features/diff-lens';
import { documentLinks } from '../features/document-links';
import { hover } from '../features/hover';
import { inlayHints } from '../features/inlay-hints';
import { highlights } from '../features/occurrences';
import { semanticTokens } from '../features/semantic-tokens';
import { signatureHelp } from '../features/signature-help';
import type { CountContext } from '../files/count-files';
import { forPolicies, type ServerState } from '../server-state';
import { changesSinceBaseline } from './asking';

/** Requests of somebody who reads a policy: what it says, and what that comes to. */
export function registerReading(state: ServerState): void {
  const { connection, runtime, trees } = state;
  const { languages } = connection;
  const counting = (token: CancellationToken): CountContext => ({ trees, runtime, token });
  connection.onHover(forPolicies(state, 'hover', null, async (view, { position }, token) => (await hover(await withExtended(state, view), view.document.offsetAt(position), counting(token))) ?? null));
  connection.onSignatureHelp(forPolicies(state, 'signature help', null, (view, { position }) => signatureHelp(view, view.document.offsetAt(position)) ?? null));
  languages.inlayHint.on(forPolicies(state, 'inlay hints', [], (view, { range }, token) => inlayHints(view, range, counting(token))));
  connection.onCodeLens(forPolicies(state, 'code lenses', [], async (view) => [...codeLenses(view, state.client.commands), ...diffLenses(view.document.uri, await changesSinceBaseline(state, view.document.uri), state.client.commands)]));
  connection.onDocumentHighlight(forPolicies(state, 'highlights', [], (view, { position }) => highlights(view, view.document.offsetAt(position))));
  connection.onDocumentLinks(forPolicies(state, 'document links', [], (view, _params, token) => documentLinks(view, runtime, token)));
  languages.semanticTokens.on(forPolicies(state, 'semantic tokens', { data: [] }, (view) => semanticTokens(view)));
  languages.semanticTokens.onRange(forPolicies(state, 'semantic tokens', { data: [] }, (view, { range }) => semanticTokens(view, range)));
  connection.onDocumentSymbol(forPolicies(state, 'document symbols', [], ({ document }) => state.json.language.findDocumentSymbols2(document, state.json.parse(document))));
  connection.onFoldingRanges(forPolicies(state, 'folding ranges', [], ({ document }) => state.json.language.getFoldingRanges(document)));
  connection.onSelectionRanges(forPolicies(state, 'selection ranges', [], ({ document }, { positions }) => state.json.language.getSelectionRanges(document, positions, state.json.parse(document))));
}
