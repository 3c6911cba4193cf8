import * as vscode from 'vscode';

import { COMMANDS } from './command-ids';
import { choosePolicy, describePolicy } from './policy-choice';
import type { Sandboxes } from './sandboxes';

/** Says which policy is in force for the folder in view, and how much it has refused. */
export function createStatusItem(sandboxes: Sandboxes): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('srt.policy', vscode.StatusBarAlignment.Left);
  const refused = new Map<string, number>();
  item.name = vscode.l10n.t('Sandbox policy');
  item.command = COMMANDS.showActions;
  const update = (): void => {
    const folder = vscode.window.activeTextEditor && vscode.workspace.getWorkspaceFolder(vscode.window.activeTextEditor.document.uri);
    const policy = choosePolicy(folder ?? vscode.workspace.workspaceFolders?.[0]);
    const count = refused.get(policy.path ?? '') ?? 0;
    item.text = `$(shield) ${describePolicy(policy)}${count > 0 ? ` $(warning) ${count}` : ''}`;
    item.tooltip = vscode.l10n.t('Sandboxed terminals and tasks of this folder run under this policy. Refused so far: {0}', count);
    item.show();
  };
  update();
  const watcher = vscode.workspace.createFileSystemWatcher('**/.srt-settings.json');
  return vscode.Disposable.from(
    item,
    watcher,
    watcher.onDidCreate(update),
    watcher.onDidDelete(update),
    vscode.window.onDidChangeActiveTextEditor(update),
    vscode.workspace.onDidChangeConfiguration((event) => event.affectsConfiguration('srt') && update()),
    sandboxes.onViolations(({ policy, violations }) => {
      refused.set(policy.path ?? '', violations.length);
      update();
    }),
  );
}
