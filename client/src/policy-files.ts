import { POLICY_LANGUAGE } from 'srt-language-server/protocol';
import * as vscode from 'vscode';

/** Files that the setting `srt.files` names are policies: they get the language of policies when they are opened. */
export function followPolicyFiles(): vscode.Disposable {
  const consider = (document: vscode.TextDocument): void => {
    if (document.languageId !== POLICY_LANGUAGE && isNamed(document)) void vscode.languages.setTextDocumentLanguage(document, POLICY_LANGUAGE);
  };
  const considerAll = (): void => vscode.workspace.textDocuments.forEach(consider);
  considerAll();
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument(consider),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('srt.files')) considerAll();
    }),
  );
}

function isNamed(document: vscode.TextDocument): boolean {
  const folder = vscode.workspace.getWorkspaceFolder(document.uri);
  if (!folder) return false;
  const globs = vscode.workspace.getConfiguration('srt', folder).get<unknown>('files', []);
  const texts = Array.isArray(globs) ? globs.filter((glob) => typeof glob === 'string') : [];
  return texts.some((glob) => vscode.languages.match({ pattern: new vscode.RelativePattern(folder, glob) }, document) > 0);
}
