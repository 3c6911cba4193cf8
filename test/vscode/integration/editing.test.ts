import { strict as assert } from 'node:assert';

import * as vscode from 'vscode';

import { codeOf, diagnosticsWhen, policyUri } from '../support';

async function openText(content: string): Promise<vscode.TextDocument> {
  return vscode.workspace.openTextDocument({ language: 'srt-policy', content });
}

async function hoverAt(document: vscode.TextDocument, needle: string): Promise<string> {
  const at = document.positionAt(document.getText().indexOf(needle) + 2);
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', document.uri, at);
  const contents = hovers.flatMap((hover) => hover.contents) as vscode.MarkdownString[]; // our server sends Markdown
  return contents.map(({ value }) => value).join('\n');
}

describe('a policy in the editor', () => {
  it('has its own language, and its problems', async () => {
    const document = await vscode.workspace.openTextDocument(policyUri());
    assert.equal(document.languageId, 'srt-policy');
    const broken = await openText('{ "network": { "allowedDomains": ["*.com"], "deniedDomains": [] }, "filesystm": {} }');
    const found = await diagnosticsWhen(broken.uri, (diagnostics) => diagnostics.length > 0);
    assert.deepEqual(found.map((diagnostic) => [diagnostic.source, codeOf(diagnostic)]), [
      ['srt', 'invalid-domain'],
      ['srt', 'unknown-key'],
    ]);
  });

  it('is answered for once: VS Code\'s own JSON support stays out', async () => {
    const document = await openText('{ "network": { "allowedDomains": [], "deniedDomains": [],  } }');
    const found = await diagnosticsWhen(document.uri, (diagnostics) => diagnostics.length > 0);
    assert.deepEqual([...new Set(found.map(({ source }) => source))], ['srt']);
    const at = document.positionAt(document.getText().indexOf(',  }') + 2);
    const { items } = await vscode.commands.executeCommand<vscode.CompletionList>('vscode.executeCompletionItemProvider', document.uri, at);
    const labels = items.map(({ label }) => (typeof label === 'string' ? label : label.label)).filter((label) => label === 'strictAllowlist');
    assert.deepEqual(labels, ['strictAllowlist']);
  });

  it('explains keys', async () => {
    const document = await openText('{ "network": { "allowUnixSockets": [] } }');
    const text = await hoverAt(document, '"allowUnixSockets"');
    assert.match(text, /network\.allowUnixSockets[^]*Linux/);
  });

  it('offers fixes that keep the rest of the file', async () => {
    const document = await openText('{\n  "network": { "allowedDomains": [], "deniedDomains": [] },\n  "filesystem": { "denyReads": [], "allowWrite": ["."], "denyWrite": [] }\n}\n');
    const [problem] = await diagnosticsWhen(document.uri, (diagnostics) => diagnostics.length > 0);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', document.uri, problem?.range, vscode.CodeActionKind.QuickFix.value);
    const rename = actions.find(({ title }) => title === 'Change to "denyRead"');
    assert.ok(rename?.edit, actions.map(({ title }) => title).join());
    assert.equal(rename.isPreferred, true);
    await vscode.workspace.applyEdit(rename.edit);
    assert.deepEqual(await diagnosticsWhen(document.uri, (diagnostics) => diagnostics.length === 0), []);
    assert.ok(document.getText().includes('"denyRead": [], "allowWrite": ["."]'));
  });

  it('has an outline, and is formatted', async () => {
    const document = await openText('{"network":{"allowedDomains":[],"deniedDomains":[]}}');
    await diagnosticsWhen(document.uri, (diagnostics) => diagnostics.length > 0);
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>('vscode.executeDocumentSymbolProvider', document.uri);
    assert.deepEqual(symbols.map(({ name }) => name), ['network']);
    const edits = await vscode.commands.executeCommand<vscode.TextEdit[]>('vscode.executeFormatDocumentProvider', document.uri, { tabSize: 2, insertSpaces: true });
    assert.ok(edits.length > 0);
  });
});
