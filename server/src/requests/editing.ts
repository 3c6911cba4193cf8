import { CodeActionKind, type CodeAction, type TextDocumentIdentifier } from 'vscode-languageserver';

import { isPolicyFile } from '../check-document';
import { codeActions, isWanted, quickFixes, resolveCodeAction } from '../features/code-actions';
import { complete } from '../features/completion/complete';
import { resolveCompletion } from '../features/completion/value-items';
import { onTypeFormatting } from '../features/on-type-formatting';
import { prepareRename, rename } from '../features/rename';
import { createProjectHostsCache } from '../files/project-hosts';
import { placeOf } from '../policy-place';
import type { PolicyView } from '../policy-view';
import { moveActions, resolveMove } from '../rule-moves';
import { runSafe } from '../run-safe';
import { embeddedViewOf, forPolicies, viewOf, type ServerState } from '../server-state';

const NO_HOSTS: ReadonlySet<string> = new Set();

/** Requests of somebody who writes a policy. */
export function registerEditing(state: ServerState): void {
  const { connection } = state;
  connection.onCodeAction(({ textDocument, range, context }, token) =>
    runSafe(connection.console, 'code actions', token, [], async () => {
      const policy = viewOf(state, textDocument.uri);
      if (policy) return [...codeActions(policy, range, context.only), ...(isWanted(CodeActionKind.RefactorMove, context.only) ? await moveActions(state, policy, policy.document.offsetAt(range.start)) : [])];
      if (isPolicyFile(textDocument.uri)) return [];
      return actionsIn(embeddedViewOf(state, textDocument.uri), (view) => quickFixes(view, range));
    }),
  );
  connection.onCodeActionResolve((action, token) => runSafe(connection.console, 'code action', token, action, () => resolveMove(state, resolveCodeAction(action, (uri) => viewOf(state, uri)), (uri) => viewOf(state, uri))));
  connection.onPrepareRename(forPolicies(state, 'rename', null, (view, { position }) => prepareRename(view, view.document.offsetAt(position)) ?? null));
  connection.onRenameRequest(forPolicies(state, 'rename', null, (view, { position, newName }) => rename(view, view.document.offsetAt(position), newName) ?? null));
  connection.onDocumentFormatting(forPolicies(state, 'formatting', [], ({ document }, { options }) => state.json.language.format(document, { start: { line: 0, character: 0 }, end: document.positionAt(Infinity) }, options)));
  connection.onDocumentRangeFormatting(forPolicies(state, 'formatting', [], ({ document }, { range, options }) => state.json.language.format(document, range, options)));
  connection.onDocumentOnTypeFormatting(forPolicies(state, 'formatting', [], (view, { position, ch, options }) => onTypeFormatting(view, view.document.offsetAt(position), ch, options, state.json)));
  registerCompletion(state);
}

function actionsIn(view: PolicyView | undefined, actions: (view: PolicyView) => CodeAction[]): CodeAction[] {
  return view ? actions(view) : [];
}

/** Completion is wanted most where nothing can be parsed yet, so an empty file has it too. */
function registerCompletion(state: ServerState): void {
  const { connection, runtime } = state;
  const projectHosts = createProjectHostsCache(runtime);
  connection.onCompletion(({ textDocument, position }, token) =>
    runSafe(connection.console, 'completion', token, null, () => {
      const document = isReadable(state, textDocument) ? state.documents.get(textDocument.uri) : undefined;
      if (!document) return null;
      const view = viewOf(state, textDocument.uri);
      const place = placeOf(document.uri, state.client.folders, runtime);
      return complete({ document, place, runtime, json: state.json, token, ...(view && { root: view.root }), knowsEditRange: state.client.knowsEditRange, hosts: () => view?.hosts() ?? NO_HOSTS, violations: () => state.violations.get(document.uri)?.violations ?? [], projectHosts: () => projectHosts(place.base) }, position);
    }),
  );
  connection.onCompletionResolve(resolveCompletion);
}

/** Whether the document is small and flat enough to be looked at. */
function isReadable({ documents, policies }: ServerState, { uri }: TextDocumentIdentifier): boolean {
  const document = documents.get(uri);
  return document !== undefined && isPolicyFile(uri) && !policies.get(document).syntax.problems.some(({ code }) => code === 'policy-too-large' || code === 'policy-too-deep');
}
