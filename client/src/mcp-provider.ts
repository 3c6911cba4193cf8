import * as vscode from 'vscode';

import { choosePolicy, describePolicy } from './policy-choice';

export const MCP_PROVIDER = 'srt.mcp';

/** Offers `srt mcp` to agents in VS Code: one server for each folder, under the folder's policy. */
export function registerMcpProvider(context: vscode.ExtensionContext): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const announce = (): void => changed.fire();
  return vscode.Disposable.from(
    changed,
    vscode.workspace.onDidChangeWorkspaceFolders(announce),
    vscode.workspace.onDidGrantWorkspaceTrust(announce),
    vscode.workspace.onDidChangeConfiguration((event) => event.affectsConfiguration('srt') && announce()),
    vscode.lm.registerMcpServerDefinitionProvider(MCP_PROVIDER, {
      onDidChangeMcpServerDefinitions: changed.event,
      provideMcpServerDefinitions: () => (vscode.workspace.isTrusted ? (vscode.workspace.workspaceFolders ?? []).map((folder) => definition(folder, context)) : []),
    }),
  );
}

function definition(folder: vscode.WorkspaceFolder, context: vscode.ExtensionContext): vscode.McpStdioServerDefinition {
  const policy = choosePolicy(folder);
  const args = [context.asAbsolutePath('dist/srt.js'), 'mcp', ...(policy.path === undefined ? [] : ['-s', policy.path])];
  const label = vscode.l10n.t('Sandbox of {0} ({1})', folder.name, describePolicy(policy));
  const { version } = context.extension.packageJSON as { readonly version: string }; // this extension's own
  const server = new vscode.McpStdioServerDefinition(label, process.execPath, args, { ELECTRON_RUN_AS_NODE: '1' }, version);
  server.cwd = folder.uri;
  return server;
}
