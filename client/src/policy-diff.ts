import { BASELINE_METHOD, DIFF_METHOD, POLICY_LANGUAGE, type BaselineParams, type DiffResult, type ShowDiffArguments } from 'srt-language-server/protocol';
import * as vscode from 'vscode';

import type { PolicyLanguageClient } from './language-client';

/** The part of the built-in git extension's API (version 1) that is used. */
interface GitExtension {
  getAPI(version: 1): GitApi;
}

interface GitApi {
  readonly onDidOpenRepository: vscode.Event<unknown>;
  getRepository(uri: vscode.Uri): GitRepository | null;
}

interface GitRepository {
  readonly rootUri: vscode.Uri;
  show(ref: string, path: string): Promise<string>;
  readonly state: { readonly HEAD?: { readonly commit?: string } | undefined; readonly onDidChange: vscode.Event<void> };
}

/** Tells the server how open policies were committed last, for its lens; git is asked through VS Code's own extension. */
export function followBaselines(language: PolicyLanguageClient): vscode.Disposable {
  let isDisposed = false;
  const followed = new Map<string, vscode.Disposable>(); // by root: the git extension gives another object each time
  const follow = ({ rootUri, state }: GitRepository): void => {
    const root = rootUri.toString();
    if (followed.has(root)) return;
    let commit = state.HEAD?.commit;
    followed.set(root, state.onDidChange(() => {
      if (state.HEAD?.commit === commit) return;
      commit = state.HEAD?.commit;
      vscode.workspace.textDocuments.forEach((document) => void tell(document));
    }));
  };
  const tell = async (document: vscode.TextDocument): Promise<void> => {
    if (document.languageId !== POLICY_LANGUAGE || document.uri.scheme !== 'file') return;
    const repository = (await gitApi())?.getRepository(document.uri);
    if (repository) follow(repository);
    const text = (await repository?.show('HEAD', document.uri.fsPath).catch(() => undefined)) ?? null;
    const params: BaselineParams = { uri: document.uri.toString(), text };
    await language.notify(BASELINE_METHOD, params);
  };
  const tellAll = (): void => vscode.workspace.textDocuments.forEach((document) => void tell(document));
  tellAll();
  // The git extension may find a repository after its files were opened.
  void gitApi().then((api) => api && !isDisposed && followed.set('', api.onDidOpenRepository(tellAll)));
  const opened = vscode.workspace.onDidOpenTextDocument((document) => void tell(document));
  return new vscode.Disposable(() => {
    isDisposed = true;
    opened.dispose();
    followed.forEach((subscription) => void subscription.dispose());
  });
}

async function gitApi(): Promise<GitApi | undefined> {
  const extension = vscode.extensions.getExtension<GitExtension>('vscode.git');
  try {
    return (await extension?.activate())?.getAPI(1);
  } catch {
    return undefined; // git is switched off, or not installed
  }
}

/** What the policy newly allows and denies, as a list to read. */
export async function showDiff(language: PolicyLanguageClient, args: ShowDiffArguments | undefined): Promise<void> {
  const uri = args?.uri ?? vscode.window.activeTextEditor?.document.uri.toString();
  const diff = uri === undefined ? null : await language.request<DiffResult | null>(DIFF_METHOD, { textDocument: { uri } });
  if (!diff) {
    void vscode.window.showInformationMessage(vscode.l10n.t('There is nothing to compare with: open a valid policy that was committed before.'));
    return;
  }
  const { newlyAllowed, newlyDenied, undecided } = diff;
  const items = [...group(vscode.l10n.t('newly allows {0}', newlyAllowed.length), newlyAllowed, 'add'), ...group(vscode.l10n.t('newly denies {0}', newlyDenied.length), newlyDenied, 'remove'), ...group(vscode.l10n.t('not decided'), undecided, 'question')];
  await vscode.window.showQuickPick(items.length > 0 ? items : [{ label: vscode.l10n.t('No difference in effect') }], { title: vscode.l10n.t('Compared with the last commit'), matchOnDescription: true });
}

function group(title: string, lines: readonly string[], icon: string): vscode.QuickPickItem[] {
  if (lines.length === 0) return [];
  return [{ label: title, kind: vscode.QuickPickItemKind.Separator }, ...lines.map((line) => ({ label: `$(${icon}) ${line.split('  ')[0]}`, description: line.split('  ').slice(1).join('  ') }))];
}
