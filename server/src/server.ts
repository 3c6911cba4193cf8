import { validatePolicy } from 'sandbox-core/policy';
import {
  CodeActionKind,
  TextDocuments,
  TextDocumentSyncKind,
  type CancellationToken,
  type Connection,
  type InitializeResult,
  type TextDocumentIdentifier,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';

import { createDiagnosticsPublisher } from './diagnostics';
import { codeActions } from './features/code-actions';
import { hover } from './features/hover';
import { problemDiagnostics } from './features/problems';
import { currentViolations, violationDiagnostics } from './features/violations';
import { createJsonService, type JsonService } from './json-service';
import { createPolicyDocuments, type PolicyDocuments } from './policy-documents';
import { POLICY_LANGUAGE, VIOLATIONS_METHOD, type ViolationsParams } from './protocol';
import { runSafe } from './run-safe';
import type { Runtime } from './runtime';

const CAPABILITIES: InitializeResult = {
  capabilities: {
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
    completionProvider: { triggerCharacters: ['"', ':', ' ', '/'], resolveProvider: false },
    hoverProvider: true,
    documentSymbolProvider: true,
    documentFormattingProvider: true,
    documentRangeFormattingProvider: true,
    codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
  },
  serverInfo: { name: 'srt-language-server' },
};

/** Everything the handlers share; one per connection. */
interface ServerState {
  readonly connection: Connection;
  readonly documents: TextDocuments<TextDocument>;
  readonly policies: PolicyDocuments;
  /** By the uri of the policy that they happened under. */
  readonly violations: Map<string, ViolationsParams>;
  json: JsonService;
}

/** Serves one client until it disconnects. */
export function startServer(connection: Connection, runtime: Runtime): void {
  const state: ServerState = {
    connection,
    documents: new TextDocuments(TextDocument),
    policies: createPolicyDocuments(),
    violations: new Map(),
    json: createJsonService({}),
  };
  connection.onInitialize(({ capabilities }) => {
    state.json = createJsonService({ textDocument: capabilities.textDocument ?? {} });
    return CAPABILITIES;
  });
  registerDiagnostics(state, runtime);
  registerFeatures(state);
  state.documents.listen(connection);
  connection.listen();
}

function registerDiagnostics(state: ServerState, runtime: Runtime): void {
  const { connection, documents, policies, violations } = state;
  const publisher = createDiagnosticsPublisher({
    connection,
    runtime,
    compute(uri) {
      const open = documents.get(uri);
      const reported = violations.get(uri);
      if (open) {
        const checked = policies.get(open);
        return { version: open.version, diagnostics: [...problemDiagnostics(open, checked.problems), ...violationDiagnostics(open, checked.syntax, currentViolations(checked, reported))] };
      }
      // A closed policy shows what it refused, not what is wrong with it: nobody is writing it.
      const text = reported && runtime.readFile(uri);
      if (text === undefined) return { diagnostics: [] };
      const closed = TextDocument.create(uri, POLICY_LANGUAGE, 0, text);
      const checked = validatePolicy(text);
      return { diagnostics: violationDiagnostics(closed, checked.syntax, currentViolations(checked, reported)) };
    },
  });
  documents.onDidChangeContent(({ document }) => publisher.refresh(document.uri));
  documents.onDidClose(({ document }) => {
    policies.close(document.uri);
    publisher.refresh(document.uri);
  });
  connection.onNotification(VIOLATIONS_METHOD, (reported: ViolationsParams) => {
    violations.set(reported.uri, reported);
    publisher.refresh(reported.uri);
  });
}

function registerFeatures(state: ServerState): void {
  const { connection, policies, violations } = state;
  /** The answer for a policy that can be read at all; a refused one (too large, too deep) has no features. */
  const answer = <Result>(what: string, token: CancellationToken, { uri }: TextDocumentIdentifier, fallback: Result, work: (document: TextDocument) => Result) =>
    runSafe(connection.console, what, token, fallback, () => {
      const document = state.documents.get(uri);
      return document && policies.get(document).syntax.root ? work(document) : fallback;
    });
  connection.onHover(({ textDocument, position }, token) =>
    answer('hover', token, textDocument, null, (document) => hover(document, policies.get(document).syntax, document.offsetAt(position)) ?? null),
  );
  connection.onCodeAction(({ textDocument, range }, token) =>
    answer('code actions', token, textDocument, [], (document) => {
      const checked = policies.get(document);
      return codeActions({ document, ...checked, violations: currentViolations(checked, violations.get(textDocument.uri)) }, range);
    }),
  );
  connection.onDocumentSymbol(({ textDocument }, token) =>
    answer('document symbols', token, textDocument, [], (document) => state.json.language.findDocumentSymbols2(document, state.json.parse(document))),
  );
  connection.onDocumentFormatting(({ textDocument, options }, token) => answer('formatting', token, textDocument, [], (document) => state.json.language.format(document, fullRange(document), options)));
  connection.onDocumentRangeFormatting(({ textDocument, range, options }, token) => answer('formatting', token, textDocument, [], (document) => state.json.language.format(document, range, options)));
  registerCompletion(state);
}

/** Completion is wanted most where nothing can be parsed yet, so an empty file has it too. */
function registerCompletion({ connection, documents, policies, ...state }: ServerState): void {
  connection.onCompletion(({ textDocument, position }, token) =>
    runSafe(connection.console, 'completion', token, null, () => {
      const document = documents.get(textDocument.uri);
      const refused = document && policies.get(document).syntax.problems.some(({ code }) => code === 'policy-too-large' || code === 'policy-too-deep');
      return !document || refused ? null : state.json.language.doComplete(document, position, state.json.parse(document));
    }),
  );
}

function fullRange(document: TextDocument): { start: { line: number; character: number }; end: { line: number; character: number } } {
  return { start: { line: 0, character: 0 }, end: document.positionAt(document.getText().length) };
}
