import { strict as assert } from 'node:assert';

import * as vscode from 'vscode';

import { policyUri, until } from '../support';

const shown = (): string => vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'srt-effective')?.getText() ?? '';

describe('the effective policy', () => {
  it('is a read-only document that follows edits', async () => {
    const document = await vscode.workspace.openTextDocument(policyUri());
    const before = document.getText();
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('srt.showEffectivePolicy');
    assert.match(await until('the document', shown, (text) => text.includes('allowedDomains'), vscode.workspace.onDidChangeTextDocument), /built-in shell-start/);
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), before.replace('"denyRead": [', '"denyRead": ["./just-added", '));
    await vscode.workspace.applyEdit(edit);
    await until('the edit is shown', shown, (text) => text.includes('"./just-added"'), vscode.workspace.onDidChangeTextDocument);
    const undo = new vscode.WorkspaceEdit();
    undo.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), before);
    await vscode.workspace.applyEdit(undo);
    await document.save();
  });
});
