import { existsSync } from 'node:fs';

import * as vscode from 'vscode';

import { activeFolder, choosePolicy, userPolicyPath } from '../policy-choice';
import { createPolicy } from './create-policy';

const POLICY_FILES = '**/{.srt-settings.json,*.srt.json}';
const MAX_OFFERED = 100;

interface PolicyItem extends vscode.QuickPickItem {
  readonly act: () => Promise<void> | Thenable<void>;
}

/** Asks which policy holds in the folder; it is remembered in the workspace's settings. */
export async function switchPolicy(): Promise<void> {
  const folder = activeFolder();
  const inForce = choosePolicy(folder).path;
  const files = await vscode.workspace.findFiles(folder ? new vscode.RelativePattern(folder, POLICY_FILES) : POLICY_FILES, '**/node_modules/**', MAX_OFFERED);
  const choose = (value: string | undefined) => () => vscode.workspace.getConfiguration('srt', folder).update('policyFile', value, folder ? vscode.ConfigurationTarget.WorkspaceFolder : vscode.ConfigurationTarget.Global);
  const fileItem = (uri: vscode.Uri): PolicyItem => ({ label: `$(shield) ${vscode.workspace.asRelativePath(uri, false)}`, act: choose(vscode.workspace.asRelativePath(uri, false)), ...(uri.fsPath === inForce && { description: vscode.l10n.t('in force') }) });
  const items: PolicyItem[] = [
    ...files.sort((a, b) => a.path.localeCompare(b.path)).map(fileItem),
    ...(existsSync(userPolicyPath()) ? [{ label: `$(account) ~/.srt-settings.json`, act: choose(userPolicyPath()), ...(userPolicyPath() === inForce && { description: vscode.l10n.t('in force') }) }] : []),
    { label: '', kind: vscode.QuickPickItemKind.Separator, act: () => Promise.resolve() },
    { label: `$(discard) ${vscode.l10n.t('As Found in the Folder')}`, description: vscode.l10n.t('.srt-settings.json, else yours'), act: choose(undefined) },
    { label: `$(folder-opened) ${vscode.l10n.t('Choose a File…')}`, act: () => chooseFile(choose) },
    { label: `$(add) ${vscode.l10n.t('Create from a Preset…')}`, act: createPolicy },
  ];
  const chosen = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Policy of {0}', folder?.name ?? vscode.l10n.t('this window')), matchOnDescription: true });
  await chosen?.act();
}

async function chooseFile(choose: (value: string) => () => Thenable<void>): Promise<void> {
  const [uri] = (await vscode.window.showOpenDialog({ filters: { JSON: ['json'] }, title: vscode.l10n.t('Choose a Policy') })) ?? [];
  if (uri) await choose(uri.fsPath)();
}
