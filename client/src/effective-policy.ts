import type { PolicyPlatform } from 'sandbox-core/policy';
import { EFFECTIVE_POLICY_METHOD, type EffectivePolicyParams, type EffectivePolicyResult } from 'srt-language-server/protocol';
import * as vscode from 'vscode';

import type { PolicyLanguageClient } from './language-client';
import { choosePolicy } from './policy-choice';
import { policyPlatform } from './policy-platform';

const SCHEME = 'srt-effective';

/** Everything in force, as a read-only document that follows every edit. */
export interface EffectivePolicy {
  show(): Promise<void>;
  dispose(): void;
}

export function createEffectivePolicy(language: PolicyLanguageClient): EffectivePolicy {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const refresh = (): void => vscode.workspace.textDocuments.filter(({ uri }) => uri.scheme === SCHEME).forEach(({ uri }) => changed.fire(uri));
  const watcher = vscode.workspace.createFileSystemWatcher('**/*.json');
  const provider = vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    onDidChange: changed.event,
    async provideTextDocumentContent(uri) {
      const { policy, platform } = JSON.parse(uri.query) as { policy: string; platform: PolicyPlatform }; // written by show()
      const params: EffectivePolicyParams = { textDocument: { uri: policy }, platform };
      return (await language.request<EffectivePolicyResult>(EFFECTIVE_POLICY_METHOD, params)).text;
    },
  });
  const edited = vscode.workspace.onDidChangeTextDocument(({ document }) => document.fileName.endsWith('.json') && document.uri.scheme === 'file' && refresh());
  const parts = vscode.Disposable.from(changed, watcher, provider, edited, watcher.onDidChange(refresh), watcher.onDidCreate(refresh), watcher.onDidDelete(refresh));
  return { show: showEffectivePolicy, dispose: () => void parts.dispose() };
}

/** Of the policy in the active editor, else of the one in force. */
async function showEffectivePolicy(): Promise<void> {
  const active = vscode.window.activeTextEditor?.document;
  const { path } = choosePolicy(vscode.workspace.workspaceFolders?.[0]);
  const policy = active?.languageId === 'srt-policy' ? active.uri : path === undefined ? undefined : vscode.Uri.file(path);
  if (!policy) {
    void vscode.window.showInformationMessage(vscode.l10n.t('There is no policy file: the default policy allows reading only.'));
    return;
  }
  const platform = policyPlatform();
  const name = policy.path.slice(policy.path.lastIndexOf('/') + 1);
  const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${vscode.l10n.t('Effective policy')} (${name}, ${platform}).jsonc`, query: JSON.stringify({ policy: policy.toString(), platform }) });
  const document = await vscode.languages.setTextDocumentLanguage(await vscode.workspace.openTextDocument(uri), 'jsonc');
  await vscode.window.showTextDocument(document, { preview: true, viewColumn: vscode.ViewColumn.Beside });
}
