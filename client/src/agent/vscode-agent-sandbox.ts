import { existsSync } from 'node:fs';

import { importPolicy } from 'sandbox-core/policy';
import { POLICY_LANGUAGE } from 'srt-language-server/protocol';
import * as vscode from 'vscode';

import { activeFolder, POLICY_NAME } from '../policy-choice';

/** What VS Code has settings for, in its words, and had. */
const SETTINGS = [
  'chat.agent.sandbox.network.allowNetwork',
  'chat.agent.sandbox.network.allowedDomains',
  'chat.agent.sandbox.network.deniedDomains',
  'chat.agent.sandbox.fileSystem.userConfiguredPaths',
  'chat.agent.sandbox.fileSystem.linux',
  'chat.agent.sandbox.fileSystem.mac',
  'chat.agent.allowedNetworkDomains',
  'chat.agent.deniedNetworkDomains',
  'chat.tools.terminal.sandbox.network',
  'chat.tools.terminal.sandbox.linuxFileSystem',
  'chat.tools.terminal.sandbox.macFileSystem',
];

/** The settings of VS Code's own agent sandbox that somebody has set. */
export function agentSandboxSettings(folder: vscode.WorkspaceFolder | undefined): Readonly<Record<string, unknown>> {
  const configuration = vscode.workspace.getConfiguration(undefined, folder);
  const found = SETTINGS.map((name) => ({ name, is: configuration.inspect<unknown>(name) })).map(({ name, is }) => [name, is?.workspaceFolderValue ?? is?.workspaceValue ?? is?.globalValue] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

/** Says how VS Code's agent sandbox and this one stand to each other, and takes its lists over into a policy to look at. */
export async function importAgentSandbox(): Promise<void> {
  const folder = activeFolder();
  const settings = agentSandboxSettings(folder);
  const converted = importPolicy(JSON.stringify(settings));
  const explanation = vscode.l10n.t("VS Code's agent sandbox confines commands of its own chat agents only, by settings. Policies of srt confine terminals, tasks, MCP servers and agents that use the srt tools. Both can be on: a command of the agent then runs under VS Code's settings, and what it starts through srt under both.");
  if (!converted) {
    void vscode.window.showInformationMessage(vscode.l10n.t('No setting of the agent sandbox is set, so there is nothing to import.'), { modal: true, detail: explanation });
    return;
  }
  const act = vscode.l10n.t('Import');
  const notes = converted.notes.map((note) => `• ${note}`).join('\n');
  if ((await vscode.window.showInformationMessage(vscode.l10n.t("Import the lists of VS Code's agent sandbox?"), { modal: true, detail: `${explanation}\n${notes}` }, act)) !== act) return;
  await showAsPolicy(folder, `${JSON.stringify(converted.policy, null, 2)}\n`);
}

/** Not saved; to be saved as the folder's policy where that has none yet. */
async function showAsPolicy(folder: vscode.WorkspaceFolder | undefined, text: string): Promise<void> {
  const target = folder && vscode.Uri.joinPath(folder.uri, POLICY_NAME);
  if (!target || existsSync(target.fsPath)) {
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: POLICY_LANGUAGE, content: text }));
    return;
  }
  const editor = await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(target.with({ scheme: 'untitled' })));
  await editor.edit((edit) => edit.replace(new vscode.Range(0, 0, editor.document.lineCount, 0), text));
}
