import { CodeActionKind, TextDocumentSyncKind, type InitializeResult } from 'vscode-languageserver';

import { FIX_ALL, SORT_LISTS } from './features/code-actions';
import { SEMANTIC_TOKENS_LEGEND } from './features/semantic-tokens';
import { POLICY_SOURCE } from './protocol';

/** What the server can do, for every client. */
export const CAPABILITIES: InitializeResult = {
  capabilities: {
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
    completionProvider: { triggerCharacters: ['"', ':', ' ', '/', '.', '~'], resolveProvider: false },
    hoverProvider: true,
    inlayHintProvider: true,
    codeLensProvider: { resolveProvider: false },
    codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, FIX_ALL, SORT_LISTS, CodeActionKind.RefactorRewrite], resolveProvider: true },
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
    documentOnTypeFormattingProvider: { firstTriggerCharacter: '}', moreTriggerCharacter: [']', '\n'] },
    diagnosticProvider: { identifier: POLICY_SOURCE, interFileDependencies: false, workspaceDiagnostics: true },
    workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
  },
  serverInfo: { name: 'srt-language-server' },
};
