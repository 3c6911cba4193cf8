import { createHash } from 'node:crypto';

import type { Problem, ValidatedPolicy } from 'sandbox-core/policy';
import { CodeLensRefreshRequest, DocumentDiagnosticReportKind, type CancellationToken, type Diagnostic, type DocumentDiagnosticReport, type WorkspaceDocumentDiagnosticReport } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';

import { checkText } from '../check-document';
import { extendingPolicies, problemsOfExtended, withExtended } from '../composed-policy';
import { createDiagnosticsPublisher } from '../diagnostics';
import { problemDiagnostics } from '../features/problems';
import { currentViolations, resolvedAlone, violationDiagnostics } from '../features/violations';
import { placeOf } from '../policy-place';
import { POLICY_LANGUAGE, VIOLATIONS_METHOD, type ViolationsParams } from '../protocol';
import { runSafe } from '../run-safe';
import { viewOf, type ServerState } from '../server-state';
import { closedDocument, policyUris } from '../workspace-policies';

/**
 * Problems are pulled by clients that can, and pushed to the others. Violations happen while nobody types, so they are
 * always pushed; the two never overlap.
 */
export function registerDiagnosing(state: ServerState): void {
  registerPushing(state);
  registerPulling(state);
}

function registerPushing(state: ServerState): void {
  const { connection, documents, policies, runtime, violations } = state;
  const publisher = createDiagnosticsPublisher({ connection, runtime, compute: (uri) => pushed(state, uri) });
  state.republish = () => documents.keys().forEach((uri) => publisher.refresh(uri));
  documents.onDidChangeContent(({ document }) => {
    // Where problems are pulled, an edit changes what is pushed only if it moves or settles violations.
    if (!state.client.pullsDiagnostics || violations.has(document.uri)) publisher.refresh(document.uri);
    if (!state.client.pullsDiagnostics) for (const uri of extendingPolicies(state)) if (uri !== document.uri) publisher.refresh(uri);
  });
  documents.onDidClose(({ document }) => {
    policies.close(document.uri);
    publisher.refresh(document.uri);
  });
  connection.onNotification(VIOLATIONS_METHOD, (reported: ViolationsParams) => {
    violations.set(reported.uri, reported);
    publisher.refresh(reported.uri);
    if (state.client.refreshesCodeLenses) connection.sendRequest(CodeLensRefreshRequest.type).catch(() => undefined);
  });
}

async function pushed(state: ServerState, uri: string): Promise<{ readonly diagnostics: Diagnostic[]; readonly version?: number }> {
  const { client, documents, policies, runtime, violations } = state;
  const open = documents.get(uri);
  const reported = violations.get(uri);
  const place = placeOf(uri, client.folders, runtime);
  if (open) {
    const checked = policies.get(open);
    const { version } = open;
    const view = viewOf(state, uri);
    const problems = client.pullsDiagnostics ? [] : problemDiagnostics(open, [...checked.problems, ...(await problemsOfExtended(state, uri, checked))], runtime.problemPage);
    const current = view ? (await withExtended(state, view)).violations() : currentViolations(undefined, reported);
    return { version, diagnostics: [...problems, ...violationDiagnostics(open, checked.syntax, current, place, client.showsRelated)] };
  }
  // A closed policy shows what it refused, not what is wrong with it: nobody is writing it.
  const text = reported && runtime.readFile(uri);
  if (text === undefined) return { diagnostics: [] };
  const closed = TextDocument.create(uri, POLICY_LANGUAGE, 0, text);
  const checked = checkText(state, uri, text);
  return { diagnostics: violationDiagnostics(closed, checked.syntax, currentViolations(resolvedAlone(checked, reported), reported), place, client.showsRelated) };
}

function registerPulling(state: ServerState): void {
  const { connection, documents } = state;
  const empty: DocumentDiagnosticReport = { kind: DocumentDiagnosticReportKind.Full, items: [] };
  connection.languages.diagnostics.on(({ textDocument, previousResultId }, token) =>
    runSafe(connection.console, 'diagnostics', token, empty, async () => {
      const document = documents.get(textDocument.uri);
      if (!document) return empty;
      const checked = state.policies.get(document);
      return report(state, document, checked, await problemsOfExtended(state, document.uri, checked), previousResultId);
    }),
  );
  connection.languages.diagnostics.onWorkspace(({ previousResultIds }, token) =>
    runSafe(connection.console, 'workspace diagnostics', token, { items: [] }, async () => ({ items: await workspaceReports(state, new Map(previousResultIds.map(({ uri, value }) => [uri, value])), token) })),
  );
}

async function workspaceReports(state: ServerState, previous: ReadonlyMap<string, string>, token: CancellationToken): Promise<WorkspaceDocumentDiagnosticReport[]> {
  const reports: WorkspaceDocumentDiagnosticReport[] = [];
  const uris = await policyUris(state, token);
  for (const uri of uris) {
    const open = state.documents.get(uri);
    const document = open ?? (await closedDocument(state, uri));
    if (token.isCancellationRequested) return [];
    if (!document) continue;
    const known = previous.get(uri);
    if (!open && known !== undefined && known === resultId(state, document)) {
      reports.push({ uri, version: null, kind: DocumentDiagnosticReportKind.Unchanged, resultId: known });
      continue;
    }
    const checked = open ? state.policies.get(open) : checkText(state, uri, document.getText());
    reports.push({ uri, version: open?.version ?? null, ...report(state, document, checked, await problemsOfExtended(state, uri, checked), known) });
    if (!open) await state.runtime.yield();
  }
  // What was deleted has no problems any more.
  const gone = [...previous.keys()].filter((uri) => !uris.includes(uri));
  return [...reports, ...gone.map((uri): WorkspaceDocumentDiagnosticReport => ({ uri, version: null, kind: DocumentDiagnosticReportKind.Full, items: [] }))];
}

function report(state: ServerState, document: TextDocument, { problems }: ValidatedPolicy, ofExtended: readonly Problem[], previous: string | undefined): DocumentDiagnosticReport {
  const id = resultId(state, document) + (ofExtended.length === 0 ? '' : ` ${digest(JSON.stringify(ofExtended))}`);
  if (id === previous) return { kind: DocumentDiagnosticReportKind.Unchanged, resultId: id };
  return { kind: DocumentDiagnosticReportKind.Full, resultId: id, items: problemDiagnostics(document, ofExtended.length === 0 ? problems : [...problems, ...ofExtended], state.runtime.problemPage) };
}

/** The problems of a policy depend on its text, and on what it was checked against. */
function resultId({ documents, generation, policies }: ServerState, document: TextDocument): string {
  if (documents.get(document.uri) === document) return `open ${policies.revision(document)}`;
  return digest(`${generation}\0${document.getText()}`);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
