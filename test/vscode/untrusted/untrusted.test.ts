import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';

import * as vscode from 'vscode';

import { diagnosticsWhen, policyUri, workspacePath } from '../support';

describe('in an untrusted workspace', () => {
  it('policies are edited as ever', async () => {
    assert.equal(vscode.workspace.isTrusted, false);
    const document = await vscode.workspace.openTextDocument(policyUri());
    assert.equal(document.languageId, 'srt-policy');
    const broken = await vscode.workspace.openTextDocument({ language: 'srt-policy', content: '{ "x": 1 }' });
    assert.ok((await diagnosticsWhen(broken.uri, (found) => found.length > 0)).length > 0);
  });

  it('nothing is run', async () => {
    await assert.rejects(Promise.resolve(vscode.commands.executeCommand('srt.newTerminal')), /trusted/);
    assert.deepEqual(vscode.window.terminals.length, 0);
    assert.equal(existsSync(workspacePath('output.txt')), false);
  });
});
