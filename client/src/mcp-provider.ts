import { homedir } from 'node:os';

import * as vscode from 'vscode';

import { mcpServers } from './agent/wrap-mcp-server';
import { choosePolicy, describePolicy, type PolicyChoice } from './policy-choice';

export const MCP_PROVIDER = 'srt.mcp';
const MCP_FILE = '.vscode/mcp.json';

/** Offers `srt mcp` to agents in VS Code: one server for each folder, under the folder's policy. With a setting, the folder's own servers too, in the sandbox. */
export function registerMcpProvider(context: vscode.ExtensionContext): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const announce = (): void => changed.fire();
  return vscode.Disposable.from(
    changed,
    vscode.workspace.onDidChangeWorkspaceFolders(announce),
    vscode.workspace.onDidGrantWorkspaceTrust(announce),
    vscode.workspace.onDidSaveTextDocument(({ fileName }) => fileName.endsWith(MCP_FILE) && announce()),
    vscode.workspace.onDidChangeConfiguration((event) => event.affectsConfiguration('srt') && announce()),
    vscode.lm.registerMcpServerDefinitionProvider(MCP_PROVIDER, {
      onDidChangeMcpServerDefinitions: changed.event,
      provideMcpServerDefinitions: () => (vscode.workspace.isTrusted ? provide(context) : []),
    }),
  );
}

async function provide(context: vscode.ExtensionContext): Promise<vscode.McpServerDefinition[]> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const own = folders.map((folder) => definition(folder, context));
  if (!vscode.workspace.getConfiguration('srt').get<boolean>('sandboxMcpServers', false)) return own;
  return [...own, ...(await Promise.all(folders.map((folder) => sandboxedServers(folder, context)))).flat()];
}

/** Servers that wait for an input have it filled in by VS Code only where they stand in its file. */
async function sandboxedServers(folder: vscode.WorkspaceFolder, context: vscode.ExtensionContext): Promise<vscode.McpServerDefinition[]> {
  const text = await Promise.resolve(vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder.uri, MCP_FILE))).then((bytes) => new TextDecoder().decode(bytes), () => '');
  const fill = (word: string): string => word.replaceAll('${workspaceFolder}', folder.uri.fsPath).replaceAll('${userHome}', homedir());
  return mcpServers(text)
    .filter(({ command, args, env, isWrapped }) => !isWrapped && [command, ...args, ...Object.values(env)].every((word) => !fill(word).includes('${')))
    .map(({ name, command, args, env }) => {
      const words = [context.asAbsolutePath('dist/srt.js'), '--report', 'none', ...policyArguments(choosePolicy(folder)), '--', fill(command), ...args.map(fill)];
      const server = new vscode.McpStdioServerDefinition(vscode.l10n.t('{0}, sandboxed', name), process.execPath, words, { ...mapValues(env, fill), ELECTRON_RUN_AS_NODE: '1' });
      server.cwd = folder.uri;
      return server;
    });
}

function mapValues(variables: Readonly<Record<string, string>>, change: (value: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, change(value)]));
}

/** As `srt` and `srt mcp` take them. */
export function policyArguments({ path, layers }: PolicyChoice): string[] {
  if (layers === 'merged') return ['--layers', '--trust-workspace'];
  return path === undefined ? [] : ['-s', path];
}

function definition(folder: vscode.WorkspaceFolder, context: vscode.ExtensionContext): vscode.McpStdioServerDefinition {
  const policy = choosePolicy(folder);
  const args = [context.asAbsolutePath('dist/srt.js'), 'mcp', ...policyArguments(policy)];
  const label = vscode.l10n.t('Sandbox of {0} ({1})', folder.name, describePolicy(policy));
  const { version } = context.extension.packageJSON as { readonly version: string }; // this extension's own
  const server = new vscode.McpStdioServerDefinition(label, process.execPath, args, { ELECTRON_RUN_AS_NODE: '1' }, version);
  server.cwd = folder.uri;
  return server;
}
