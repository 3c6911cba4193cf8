import type { CancellationToken } from 'vscode-languageserver';

import { withExtended } from '../composed-policy';
import { coveringRules } from '../features/covering-rules';
import { definition } from '../features/definition';
import { references } from '../features/occurrences';
import { workspaceSymbols } from '../features/workspace-symbols';
import { COVERING_RULES_METHOD, type CoveringRulesParams } from '../protocol';
import { runSafe } from '../run-safe';
import { forPolicies, type ServerState } from '../server-state';
import { workspacePolicies } from '../workspace-policies';

/** Requests that lead from a rule to files and other rules, and from a file to the rules that cover it. */
export function registerNavigating(state: ServerState): void {
  const { connection, runtime } = state;
  connection.onDefinition(forPolicies(state, 'definition', [], async (view, { position }) => definition(await withExtended(state, view), view.document.offsetAt(position), runtime)));
  connection.onReferences(forPolicies(state, 'references', [], (view, { position }) => references(view, view.document.offsetAt(position))));
  connection.onWorkspaceSymbol(({ query }, token) => runSafe(connection.console, 'workspace symbols', token, [], async () => workspaceSymbols(await workspacePolicies(state, token), query)));
  connection.onRequest(COVERING_RULES_METHOD, ({ textDocument, path, host }: CoveringRulesParams, token: CancellationToken) =>
    runSafe(connection.console, 'covering rules', token, null, async () => {
      const view = (await workspacePolicies(state, token, [textDocument.uri])).find(({ document }) => document.uri === textDocument.uri);
      return (view && (await coveringRules(await withExtended(state, view), { ...(path !== undefined && { path }), ...(host !== undefined && { host }) }, runtime))) ?? null;
    }),
  );
}
