import { POLICY_LANGUAGE } from 'srt-language-server/protocol';
import * as vscode from 'vscode';

import type { PolicyLanguageClient } from './language-client';
import { choosePolicy } from './policy-choice';

/** Opt-in: files in the Explorer that the folder's policy hides from commands, or keeps them from changing. */
export function registerFileDecorations(language: PolicyLanguageClient): vscode.Disposable {
  const changed = new vscode.EventEmitter<undefined>();
  const refresh = (): void => changed.fire(undefined);
  return vscode.Disposable.from(
    changed,
    vscode.window.registerFileDecorationProvider({
      onDidChangeFileDecorations: changed.event,
      provideFileDecoration: (uri) => (uri.scheme === 'file' && isWanted(uri) ? decorate(uri, language) : undefined),
    }),
    vscode.workspace.onDidChangeConfiguration((event) => event.affectsConfiguration('srt') && refresh()),
    vscode.workspace.onDidSaveTextDocument(({ languageId }) => languageId === POLICY_LANGUAGE && refresh()),
  );
}

async function decorate(uri: vscode.Uri, language: PolicyLanguageClient): Promise<vscode.FileDecoration | undefined> {
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  const { path } = choosePolicy(folder);
  if (!folder || path === undefined) return undefined;
  const found = await language.coveringRules({ textDocument: { uri: vscode.Uri.file(path).toString() }, path: uri.fsPath });
  const denied = found?.rules.filter(({ outcome }) => outcome === 'deny') ?? [];
  const read = denied.find(({ operation }) => operation === 'read');
  // No badge on all that is read-only merely because nothing allows writing it: the folder would be full of them.
  const write = denied.find(({ operation, location }) => operation === 'write' && location?.range !== undefined);
  const rule = read ?? write;
  if (!rule) return undefined;
  const tooltip = read ? vscode.l10n.t('Sandboxed commands cannot read this: {0}', rule.reason) : vscode.l10n.t('Sandboxed commands cannot change this: {0}', rule.reason);
  return new vscode.FileDecoration(read ? '⊘' : 'R', tooltip, new vscode.ThemeColor(read ? 'list.deemphasizedForeground' : 'gitDecoration.submoduleResourceForeground'));
}

function isWanted(uri: vscode.Uri): boolean {
  return vscode.workspace.getConfiguration('srt', uri).get<boolean>('explorerDecorations', false);
}
