import { strict as assert } from 'node:assert';
import { rmSync } from 'node:fs';

import * as vscode from 'vscode';

import { activateAgain } from '../second-activation';
import { workspacePath } from '../support';

const SILENT = new Proxy({}, { get: (_channel, name) => (name === 'then' ? undefined : () => ({ dispose: () => undefined })) });

/** What VS Code asks the extension for; it has no command to ask in its place. */
function provided(namespace: string, registration: string): { readonly provider: unknown; dispose(): void } {
  let given: unknown;
  const catching = (object: object): object =>
    new Proxy(object, {
      get(target, name) {
        const member = Reflect.get(target, name) as unknown;
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => {
          if (name === registration) given = args.at(-1);
          if (String(name).startsWith('register')) return { dispose: () => undefined };
          if (name === 'createOutputChannel') return SILENT; // the first activation's has the same name, and would be closed with it
          if (name === 'createTestController') args[0] = `${String(args[0])}.caught`;
          return member.apply(target, args) as unknown;
        };
      },
    });
  const again = activateAgain((name, object) => (['commands', 'languages', 'tasks', 'tests', 'lm', 'window', 'workspace', namespace].includes(name) ? catching(object) : object));
  assert.ok(given, `${namespace}.${registration} was called`);
  return { provider: given, dispose: () => again.subscriptions.reverse().forEach((each) => void each.dispose()) };
}

describe('Explorer decorations', () => {
  const settings = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration('srt', vscode.workspace.workspaceFolders?.[0]);
  after(() => settings().update('explorerDecorations', undefined, vscode.ConfigurationTarget.Workspace));

  it('mark what commands cannot read or change, once they are wanted', async () => {
    const caught = provided('window', 'registerFileDecorationProvider');
    const provider = caught.provider as vscode.FileDecorationProvider; // what is registered there
    const { token } = new vscode.CancellationTokenSource();
    const decorate = async (...names: string[]): Promise<vscode.FileDecoration | null | undefined> => provider.provideFileDecoration(vscode.Uri.file(workspacePath(...names)), token);
    try {
      assert.equal(await decorate('secrets'), undefined, 'nobody asked for them');
      await settings().update('explorerDecorations', true, vscode.ConfigurationTarget.Workspace);
      assert.match((await decorate('secrets', 'token'))?.tooltip ?? '', /cannot read this: denied by "\.\/secrets"/);
      assert.match((await decorate('locked', 'data'))?.tooltip ?? '', /cannot change this: denied by "\.\/locked"/);
      assert.equal(await decorate('build.sh'), undefined);
    } finally {
      caught.dispose();
    }
  });
});

describe('the MCP servers that VS Code is offered', () => {
  const file = vscode.Uri.file(workspacePath('.vscode', 'mcp.json'));
  const settings = vscode.workspace.getConfiguration('srt');
  after(async () => {
    rmSync(file.fsPath, { force: true });
    await settings.update('sandboxMcpServers', undefined, vscode.ConfigurationTarget.Global);
  });

  it('are the sandbox of the folder and, when wanted, the folder\'s own in it', async () => {
    const caught = provided('lm', 'registerMcpServerDefinitionProvider');
    const provider = caught.provider as vscode.McpServerDefinitionProvider<vscode.McpStdioServerDefinition>; // what is registered there
    const { token } = new vscode.CancellationTokenSource();
    const offered = async (): Promise<readonly vscode.McpStdioServerDefinition[]> => (await provider.provideMcpServerDefinitions(token)) ?? [];
    try {
      const [own, ...others] = await offered();
      assert.match(own?.args.join(' ') ?? '', /dist\/srt\.js mcp -s .*\/\.srt-settings\.json$/);
      assert.deepEqual(others, []);
      await vscode.workspace.fs.writeFile(file, new TextEncoder().encode('{ "servers": { "files": { "command": "files-server", "args": ["${workspaceFolder}"] } } }'));
      await settings.update('sandboxMcpServers', true, vscode.ConfigurationTarget.Global);
      assert.deepEqual((await offered()).map(({ args }) => args.slice(args.indexOf('--'))).at(-1), ['--', 'files-server', workspacePath()]);
    } finally {
      caught.dispose();
    }
  });
});
