import { BulkRegistration, CodeActionKind, DocumentFormattingRequest, DocumentOnTypeFormattingRequest, DocumentRangeFormattingRequest, RenameRequest, TextDocumentSyncKind, type InitializeResult } from 'vscode-languageserver';

import { FIX_ALL, SORT_LISTS } from './features/code-actions';
import { SEMANTIC_TOKENS_LEGEND } from './features/semantic-tokens';
import { POLICY_SOURCE } from './protocol';

const ON_TYPE = { firstTriggerCharacter: '}', moreTriggerCharacter: [']', '\n'] };

/** What the server can do, for every client. */
export const CAPABILITIES: InitializeResult = {
  capabilities: {
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
    completionProvider: { triggerCharacters: ['"', ':', ' ', '/', '\\', '.', '~'], resolveProvider: true },
    signatureHelpProvider: { triggerCharacters: ['*', '?', '['], retriggerCharacters: ['/', ']', '.', ':'] },
    hoverProvider: true,
    inlayHintProvider: true,
    codeLensProvider: { resolveProvider: false },
    codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, FIX_ALL, SORT_LISTS, CodeActionKind.RefactorRewrite, CodeActionKind.RefactorMove], resolveProvider: true },
    definitionProvider: true,
    referencesProvider: true,
    renameProvider: { prepareProvider: true },
    documentHighlightProvider: true,
    documentLinkProvider: { resolveProvider: false },
    documentSymbolProvider: true,
    workspaceSymbolProvider: true,
    foldingRangeProvider: true,
    selectionRangeProvider: true,
    semanticTokensProvider: { legend: SEMANTIC_TOKENS_LEGEND, full: true, range: true },
    documentFormattingProvider: true,
    documentRangeFormattingProvider: true,
    documentOnTypeFormattingProvider: ON_TYPE,
    diagnosticProvider: { identifier: POLICY_SOURCE, interFileDependencies: true, workspaceDiagnostics: true },
    workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
  },
  serverInfo: { name: 'srt-language-server' },
};

/** An editor asks its user to choose where two offer to change a text: in other programs' settings these are left to it. */
export function withoutTextChanges({ capabilities, ...rest }: InitializeResult): InitializeResult {
  const { documentFormattingProvider, documentRangeFormattingProvider, documentOnTypeFormattingProvider, renameProvider, ...others } = capabilities;
  return { ...rest, capabilities: others };
}

/** The same again, for policies only. */
export function textChanges(language: string): BulkRegistration {
  const documentSelector = [{ language }];
  const registrations = BulkRegistration.create();
  registrations.add(DocumentFormattingRequest.type, { documentSelector });
  registrations.add(DocumentRangeFormattingRequest.type, { documentSelector });
  registrations.add(DocumentOnTypeFormattingRequest.type, { documentSelector, ...ON_TYPE });
  registrations.add(RenameRequest.type, { documentSelector, prepareProvider: true });
  return registrations;
}
