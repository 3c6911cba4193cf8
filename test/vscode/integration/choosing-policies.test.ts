import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';

import * as vscode from 'vscode';

import { answering, entryNamed, policyUri, replaceText, until, workspacePath } from '../support';

async function explainWrite(target: string): Promise<string> {
  const { content } = await vscode.lm.invokeTool('srt_explain_denial', { input: { operation: 'write', target }, toolInvocationToken: undefined });
  return content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : '')).join('');
}

describe('srt: Switch Policy', () => {
  const choose = (label: string): Promise<unknown> => answering({ showQuickPick: (items: vscode.QuickPickItem[]) => entryNamed(items, label) }, async () => vscode.commands.executeCommand('srt.switchPolicy'));

  it('puts another policy into force, and the one that is found again', async () => {
    const target = workspacePath('new-file');
    assert.match(await explainWrite(target), /^allowed/);
    await choose('read-only.srt.json');
    assert.equal(vscode.workspace.getConfiguration('srt', vscode.workspace.workspaceFolders?.[0]).get('policyFile'), 'read-only.srt.json');
    assert.match(await explainWrite(target), /^denied/);
    await choose('As Found in the Folder');
    assert.match(await explainWrite(target), /^allowed/);
  });
});

describe("srt: Import from VS Code's Agent Sandbox", () => {
  const SETTING = 'chat.agent.sandbox.network.allowedDomains';
  const settings = vscode.Uri.file(workspacePath('.vscode', 'settings.json'));
  const value = (): unknown => vscode.workspace.getConfiguration(undefined, vscode.workspace.workspaceFolders?.[0]).inspect(SETTING)?.workspaceFolderValue ?? vscode.workspace.getConfiguration().inspect(SETTING)?.workspaceValue;

  after(() => rmSync(settings.fsPath, { force: true }));

  it('says that there is nothing to import, where nothing is set', async () => {
    let told = '';
    await answering({ showInformationMessage: (message: string) => void (told = message) }, async () => vscode.commands.executeCommand('srt.importAgentSandbox'));
    assert.match(told, /nothing to import/);
  });

  it('makes a policy of its lists, to look at', async () => {
    await vscode.workspace.fs.writeFile(settings, new TextEncoder().encode(JSON.stringify({ [SETTING]: ['example.com'] })));
    await until('the setting', value, (found) => found !== undefined, vscode.workspace.onDidChangeConfiguration);
    const before = readFileSync(policyUri().fsPath, 'utf8');
    await answering({ showInformationMessage: (_message: string, _options: object, act: string) => act }, async () => vscode.commands.executeCommand('srt.importAgentSandbox'));
    const document = vscode.window.activeTextEditor?.document;
    assert.equal(document?.uri.scheme, 'untitled');
    assert.deepEqual((JSON.parse(document.getText()) as { network: { allowedDomains: string[] } }).network.allowedDomains, ['example.com']);
    assert.equal(readFileSync(policyUri().fsPath, 'utf8'), before);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });
});

describe('srt: Record a Policy', () => {
  const file = workspacePath('recorded.srt.json');
  const configuration = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration('srt', vscode.workspace.workspaceFolders?.[0]);
  let shown: readonly vscode.QuickPickItem[] = [];
  const record = (command: string, decision: string): Promise<unknown> => {
    const showQuickPick = (items: vscode.QuickPickItem[]): unknown => entryNamed((shown = items), decision);
    return answering({ showInputBox: () => command, showQuickPick }, async () => vscode.commands.executeCommand('srt.recordPolicy'));
  };

  before(() => configuration().update('policyFile', 'recorded.srt.json', vscode.ConfigurationTarget.WorkspaceFolder));
  after(async () => {
    await configuration().update('policyFile', undefined, vscode.ConfigurationTarget.WorkspaceFolder);
    rmSync(file, { force: true });
    rmSync(workspacePath('made-by-record'), { force: true });
  });

  it('writes nothing when it is not wanted', async () => {
    await record('echo made > made-by-record', 'Leave Everything as It Is');
    assert.equal(readFileSync(workspacePath('made-by-record'), 'utf8'), 'made\n', 'the command ran');
    assert.equal(existsSync(file), false);
  });

  it('writes what the command needs, and says what is left out', async () => {
    await record('echo made > made-by-record; echo >> .vscode/tasks.json; exit 0', 'Write recorded.srt.json');
    const written = JSON.parse(readFileSync(file, 'utf8')) as { extends: string[] };
    assert.deepEqual(written.extends, ['workspace']);
    assert.ok(shown.some(({ label, description }) => label.includes('.vscode') && description === 'protected'), JSON.stringify(shown));
    assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, file);
    assert.match(await explainWrite(workspacePath('made-by-record')), /^allowed/);
  });

  it('says why nothing could be recorded', async () => {
    await vscode.workspace.fs.writeFile(vscode.Uri.file(file), new TextEncoder().encode('{ "network": 1 }'));
    let told = '';
    await answering({ showInputBox: () => 'true', showErrorMessage: (message: string) => void (told = message) }, async () => vscode.commands.executeCommand('srt.recordPolicy'));
    assert.match(told, /^No policy was recorded: [^]*recorded\.srt\.json/);
  });
});

describe('the lens of a committed policy', () => {
  // The repository stays: the built-in git extension goes on asking it, and throws where it is gone.
  const git = (...args: string[]): void => void execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.com', ...args], { cwd: workspacePath() });

  it('says what the policy newly allows', async () => {
    git('init', '--quiet');
    git('add', '.srt-settings.json');
    git('commit', '--quiet', '--message', 'policy');
    interface Git {
      getAPI(version: 1): { openRepository(uri: vscode.Uri): Promise<{ state: { readonly onDidChange: vscode.Event<void> }; status(): Promise<void> } | null> };
    }
    const repository = await (await vscode.extensions.getExtension<Git>('vscode.git')?.activate())?.getAPI(1).openRepository(vscode.Uri.file(workspacePath()));
    assert.ok(repository, 'the built-in git extension has the repository');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const document = await vscode.workspace.openTextDocument(policyUri());
    await vscode.window.showTextDocument(document);
    const before = document.getText();
    await replaceText(document, before.replace('"allowWrite": ["."', '"allowWrite": [".", "/opt/added"'));
    let seen: readonly vscode.QuickPickItem[] = [];
    const showDiff = (): Promise<unknown> => answering({ showQuickPick: (items: vscode.QuickPickItem[]) => void (seen = items), showInformationMessage: () => undefined }, async () => vscode.commands.executeCommand('srt.showDiff', { uri: document.uri.toString() }));
    try {
      for (let tries = 0; seen.length === 0 && tries < 50; tries++) {
        await repository.status(); // which the extension is told of, and then gives the server what was committed
        await showDiff();
      }
      assert.match(seen.map(({ label, description }) => `${label} ${description}`).join('\n'), /newly allows 1[^]*\/opt\/added/);
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', document.uri, 50);
      assert.ok(lenses.some(({ command }) => command?.command === 'srt.showDiff' && command.title.includes('newly allows 1')), lenses.map(({ command }) => command?.title).join());
    } finally {
      await replaceText(document, before);
      await document.save();
    }
  });
});
