import * as vscode from 'vscode';

import { policyArguments } from '../mcp-provider';
import { activeFolder, choosePolicy } from '../policy-choice';
import { mcpServers, unwrapMcpServer, wrapMcpServer, type McpServerEntry } from './wrap-mcp-server';

const MCP_FILES = '**/{mcp,.mcp}.json';
const MAX_FILES = 50;

interface ServerItem extends vscode.QuickPickItem {
  readonly uri: vscode.Uri;
  readonly entry: McpServerEntry;
}

/** Asks for an MCP server of the workspace, and has it started in the sandbox from then on (or not any more). The file is edited, not saved. */
export async function sandboxMcpServer(): Promise<void> {
  const files = await vscode.workspace.findFiles(MCP_FILES, '**/node_modules/**', MAX_FILES);
  const items = (await Promise.all(files.map(serverItems))).flat();
  if (items.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('No mcp.json of this workspace has a server that starts a program.'));
    return;
  }
  const chosen = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Run which MCP server in the sandbox?'), matchOnDescription: true });
  if (chosen) await toggle(chosen);
}

async function serverItems(uri: vscode.Uri): Promise<ServerItem[]> {
  const document = await vscode.workspace.openTextDocument(uri);
  return mcpServers(document.getText()).map((entry) => ({
    label: `$(${entry.isWrapped ? 'shield' : 'server-process'}) ${entry.name}`,
    description: vscode.workspace.asRelativePath(uri),
    detail: entry.isWrapped ? vscode.l10n.t('runs in the sandbox; choose it to run it outside again') : [entry.command, ...entry.args].join(' '),
    uri,
    entry,
  }));
}

async function toggle({ uri, entry }: ServerItem): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  const text = document.getText();
  const srt = ['srt', '--report', 'none', ...policyArguments(choosePolicy(vscode.workspace.getWorkspaceFolder(uri) ?? activeFolder()))];
  const changes = new vscode.WorkspaceEdit();
  changes.replace(uri, new vscode.Range(document.positionAt(0), document.positionAt(text.length)), entry.isWrapped ? unwrapMcpServer(text, entry) : wrapMcpServer(text, entry, srt));
  await vscode.workspace.applyEdit(changes);
  await vscode.window.showTextDocument(document);
}
