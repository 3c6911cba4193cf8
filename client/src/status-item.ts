import { arch } from 'node:os';

import * as vscode from 'vscode';

import { COMMANDS } from './command-ids';
import { activeFolder, choosePolicy, describePolicy, POLICY_NAME } from './policy-choice';
import type { Sandboxes, SandboxState } from './sandboxes';
import type { ViolationLog } from './violation-log';

const ICONS: Readonly<Record<SandboxState['kind'], string>> = { idle: '$(shield)', ready: '$(shield)', stale: '$(shield)$(history)', failed: '$(error)' };
const PLATFORMS: Readonly<Partial<Record<NodeJS.Platform, string>>> = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' };

/** Says which policy is in force for the folder in view, whether it can be enforced, and how much it has refused. */
export function createStatusItem(sandboxes: Sandboxes, log: ViolationLog): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('srt.policy', vscode.StatusBarAlignment.Left);
  item.name = vscode.l10n.t('Sandbox policy');
  item.command = COMMANDS.showActions;
  const update = (): void => {
    const policy = choosePolicy(activeFolder());
    const state = sandboxes.stateOf(policy);
    const count = log.violations.filter((logged) => logged.policy.path === policy.path).length;
    item.text = `${ICONS[state.kind]} ${describePolicy(policy)}${count > 0 ? ` $(warning) ${count}` : ''}`;
    item.tooltip = [describePolicy(policy), enforcement(state), vscode.l10n.t('Refused so far: {0}', count)].join('\n');
    item.accessibilityInformation = { label: vscode.l10n.t('Sandbox policy {0}. {1}. Refused so far: {2}', describePolicy(policy), enforcement(state), count) };
    item.backgroundColor = state.kind === 'failed' ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    void vscode.commands.executeCommand('setContext', 'srt.hasPolicy', policy.path !== undefined);
    item.show();
  };
  update();
  const watcher = vscode.workspace.createFileSystemWatcher(`**/${POLICY_NAME}`, false, true, false);
  return vscode.Disposable.from(
    item,
    watcher,
    watcher.onDidCreate(update),
    watcher.onDidDelete(update),
    vscode.window.onDidChangeActiveTextEditor(update),
    vscode.workspace.onDidChangeConfiguration((event) => event.affectsConfiguration('srt') && update()),
    sandboxes.onDidChangeState(update),
    log.onDidChange(update),
  );
}

function enforcement({ kind, detail }: SandboxState): string {
  const platform = `${PLATFORMS[process.platform] ?? process.platform}, ${arch()}`;
  switch (kind) {
    case 'idle':
      return vscode.l10n.t('{0}. Nothing was run under it yet', platform);
    case 'ready':
      return vscode.l10n.t('{0}. In force', platform);
    case 'stale':
      return vscode.l10n.t('{0}. It was changed: what runs keeps the policy it was started with, new terminals get the new one. {1}', platform, detail);
    case 'failed':
      return vscode.l10n.t('{0}. Nothing can be started under it: {1}', platform, detail);
  }
}
