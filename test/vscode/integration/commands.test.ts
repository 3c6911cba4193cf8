import { strict as assert } from 'node:assert';
import { existsSync, readFileSync, rmSync } from 'node:fs';

import type { Violation } from 'sandbox-core/policy';
import * as vscode from 'vscode';

import { answering, codeOf, diagnosticsWhen, endOfTask, entryNamed, policyUri, replaceText, until, workspacePath } from '../support';

const run = (command: string, ...args: unknown[]): Promise<unknown> => Promise.resolve(vscode.commands.executeCommand(command, ...args));
const activePath = (): string | undefined => vscode.window.activeTextEditor?.document.uri.fsPath;

/** As the tree gives it to the commands of its menu. */
function refusedWrite(): { readonly violation: Violation; readonly policy: object } {
  const rule = { kind: 'policy', pointer: '/filesystem/denyWrite/0' } as const;
  const violation: Violation = { version: 3, kind: 'filesystem', operation: 'write', target: workspacePath('locked', 'data'), source: 'kernel', rule, reason: 'denied by "./locked" in denyWrite', pid: 2, time: new Date().toISOString(), count: 1, session: 'of the test' };
  return { violation, policy: { path: policyUri().fsPath, directory: workspacePath(), layers: 'single' } };
}

const selectedText = (): string => (vscode.window.activeTextEditor ? vscode.window.activeTextEditor.document.getText(vscode.window.activeTextEditor.selection) : '');

describe('the commands about a violation', () => {
  let before = '';
  beforeEach(async () => void (before = (await vscode.workspace.openTextDocument(policyUri())).getText()));
  afterEach(async () => {
    const document = await vscode.workspace.openTextDocument(policyUri());
    if (document.getText() !== before) await replaceText(document, before);
    await document.save();
  });

  it('Open the Rule: it is selected', async () => {
    await run('srt.violations.openRule', refusedWrite());
    assert.equal(selectedText(), '"./locked"');
  });

  it('Explain: the decision, and from there to the rule', async () => {
    await run('workbench.action.closeAllEditors');
    await answering({ showQuickPick: (items: vscode.QuickPickItem[]) => entryNamed(items, 'write') }, () => run('srt.violations.explain', refusedWrite()));
    assert.equal(activePath(), policyUri().fsPath);
    assert.equal(selectedText(), '"./locked"');
  });

  it('Allow…: the policy is edited, not saved', async () => {
    await answering({ showQuickPick: (items: vscode.QuickPickItem[]) => items.at(-1) }, () => run('srt.violations.allow', refusedWrite()));
    assert.notEqual(vscode.window.activeTextEditor?.document.getText(), before);
    assert.equal(readFileSync(policyUri().fsPath, 'utf8'), before);
  });

  it('Do Not Report This Again: it is on the list of what is ignored', async () => {
    await run('srt.violations.ignore', refusedWrite());
    const policy = JSON.parse(vscode.window.activeTextEditor?.document.getText() ?? '') as { ignoreViolations: Record<string, string[]> };
    assert.deepEqual(policy.ignoreViolations, { '*': [workspacePath('locked', 'data')] });
  });

  it('Copy as JSON', async () => {
    const logged = refusedWrite();
    await run('srt.violations.copy', logged);
    assert.deepEqual(JSON.parse(await vscode.env.clipboard.readText()), logged.violation);
  });

  it('Explain Violations, of the lens: one is chosen', async () => {
    const targets = [{ operation: 'read', target: workspacePath('secrets', 'token') }, { operation: 'write', target: workspacePath('locked', 'data') }];
    let asked = 0;
    const showQuickPick = (items: vscode.QuickPickItem[]): unknown => (asked++ === 0 ? entryNamed(items, 'secrets/token') : entryNamed(items, 'read'));
    await answering({ showQuickPick }, () => run('srt.explainViolations', { uri: policyUri().toString(), targets }));
    assert.equal(selectedText(), '"./secrets"');
  });
});

describe('questions to the policy', () => {
  const rules = async (act: () => Promise<unknown>): Promise<string> => {
    let shown: readonly vscode.QuickPickItem[] = [];
    await answering({ showInputBox: () => './locked/new', showQuickPick: (items: vscode.QuickPickItem[]) => void (shown = items) }, act);
    return shown.map(({ label, description }) => `${label} ${description}`).join('\n');
  };

  it('Try a Path or Host…', async () => {
    assert.match(await rules(() => run('srt.tryTarget', { uri: policyUri().toString(), block: 'filesystem' })), /circle-slash\) write denied by "\.\/locked"/);
  });

  it('Which Rule Covers This File?', async () => {
    assert.match(await rules(() => run('srt.whichRule', vscode.Uri.file(workspacePath('secrets', 'token')))), /circle-slash\) read denied by "\.\/secrets"/);
  });
});

describe('the commands of the status bar item', () => {
  it('lead to what is chosen', async () => {
    await run('workbench.action.closeAllEditors');
    await answering({ showQuickPick: (items: vscode.QuickPickItem[]) => entryNamed(items, 'Open Policy') }, () => run('srt.showActions'));
    assert.equal(activePath(), policyUri().fsPath);
  });

  it('exist, each of them', async () => {
    let offered: readonly { readonly command: string }[] = [];
    await answering({ showQuickPick: (items: { readonly command: string }[]) => void (offered = items) }, () => run('srt.showActions'));
    const known = await vscode.commands.getCommands();
    assert.ok(offered.length > 5);
    assert.deepEqual(offered.filter(({ command }) => !known.includes(command)), []);
  });

  it('Open Policy and Show Log', async () => {
    await run('workbench.action.closeAllEditors');
    await run('srt.openPolicy');
    assert.equal(activePath(), policyUri().fsPath);
    await run('srt.showLog');
    const logs = (): readonly string[] => vscode.window.visibleTextEditors.filter(({ document }) => document.uri.scheme === 'output').map(({ document }) => document.fileName);
    await until('the log', logs, (names) => names.some((name) => /srt[^/]*$/.test(name)), vscode.window.onDidChangeVisibleTextEditors);
  });
});

describe('srt: Run a Task in the Sandbox…', () => {
  it('runs a task of another kind under the policy', async () => {
    const ended = endOfTask('write-locked');
    const showQuickPick = (items: (vscode.QuickPickItem & { readonly task: vscode.Task })[]): unknown => items.find(({ task }) => task.definition.type === 'npm');
    await answering({ showQuickPick }, () => run('srt.runTask'));
    assert.equal(await ended, 7);
    assert.equal(readFileSync(workspacePath('locked', 'data'), 'utf8'), 'stays as it is\n');
    await run('srt.clearViolations');
  });
});

describe('srt: Try Something That Is Refused', () => {
  it('shows the first violation in a terminal', async () => {
    await run('srt.tryRefusal');
    const found = await diagnosticsWhen(policyUri(), (all) => all.some(({ message }) => message.includes('/srt-try')));
    assert.deepEqual(found.filter(({ source }) => source === 'srt sandbox').map(codeOf), ['violation-write']);
    assert.equal(existsSync('/srt-try'), false);
    vscode.window.activeTerminal?.dispose();
    await run('srt.clearViolations');
  });
});

describe('srt: Run an MCP Server in the Sandbox…', () => {
  const file = vscode.Uri.file(workspacePath('.mcp.json'));
  after(() => rmSync(file.fsPath, { force: true }));

  it('wraps its entry, and unwraps it again', async () => {
    const before = '{ "mcpServers": { "files": { "command": "files-server", "args": ["."] } } }';
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(before));
    const toggle = (): Promise<unknown> => answering({ showQuickPick: (items: vscode.QuickPickItem[]) => entryNamed(items, 'files') }, () => run('srt.sandboxMcpServer'));
    await toggle();
    const document = await vscode.workspace.openTextDocument(file);
    const { mcpServers } = JSON.parse(document.getText()) as { mcpServers: Record<string, { command: string; args: string[] }> };
    assert.equal(mcpServers['files']?.command, 'srt');
    assert.deepEqual(mcpServers['files'].args.slice(-3), ['--', 'files-server', '.']);
    await toggle();
    assert.deepEqual(JSON.parse(document.getText()), JSON.parse(before));
    await run('workbench.action.revertAndCloseActiveEditor');
  });
});

describe('the view of prerequisites', () => {
  it('has what to do on the clipboard: Copy What to Do', async () => {
    await run('srt.copyRemedy', { remedy: 'apt install bubblewrap' });
    assert.equal(await vscode.env.clipboard.readText(), 'apt install bubblewrap');
  });
});

describe('a file of policy tests', () => {
  it('is checked by its schema', async () => {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(workspacePath('broken.srt-test.json')).with({ scheme: 'untitled' }));
    await replaceText(document, '{ "tests": [{ "expect": "perhaps" }] }');
    const found = await diagnosticsWhen(document.uri, (all) => all.length > 0);
    assert.match(found.map(({ message }) => message).join('\n'), /allow.*deny/);
    await vscode.window.showTextDocument(document);
    await run('workbench.action.revertAndCloseActiveEditor');
  });
});
