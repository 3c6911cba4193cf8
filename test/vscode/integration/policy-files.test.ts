import { strict as assert } from 'node:assert';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';

import * as vscode from 'vscode';

import { codeOf, diagnosticsWhen, until, workspacePath } from '../support';

const FOLDER = workspacePath('made-by-test');
const TYPING_ERROR = '{ "network": { "allowedDomains": [], "deniedDomains": [] }, "filesystem": { "denyReads": [], "allowWrite": [], "denyWrite": [] } }';

describe('files that hold policies', () => {
  before(() => mkdirSync(workspacePath('made-by-test', '.claude'), { recursive: true }));
  after(() => rmSync(FOLDER, { recursive: true, force: true }));

  it('are checked inside of other programs\' settings, which stay JSON', async () => {
    const path = workspacePath('made-by-test', '.claude', 'settings.json');
    writeFileSync(path, '{ "sandbox": { "filesystem": { "denyWrit": [] } } }');
    const document = await vscode.workspace.openTextDocument(path);
    assert.match(document.languageId, /^jsonc?$/);
    const isOurs = ({ source }: vscode.Diagnostic): boolean => source === 'srt';
    const found = await diagnosticsWhen(document.uri, (diagnostics) => diagnostics.some(isOurs));
    assert.deepEqual(found.filter(isOurs).map(codeOf), ['unknown-key']);
  });

  it('are those that srt.files names, too', async () => {
    const path = workspacePath('made-by-test', 'named.json');
    writeFileSync(path, TYPING_ERROR);
    const settings = vscode.workspace.getConfiguration('srt');
    await settings.update('files', ['made-by-test/*.json'], vscode.ConfigurationTarget.Global);
    try {
      const { uri } = await vscode.workspace.openTextDocument(path);
      const language = (): string | undefined => vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString())?.languageId;
      await until('the language of policies', language, (id) => id === 'srt-policy', vscode.workspace.onDidOpenTextDocument);
      const found = await diagnosticsWhen(uri, (diagnostics) => diagnostics.length > 0);
      assert.ok(found.some((diagnostic) => codeOf(diagnostic) === 'unknown-key'));
    } finally {
      await settings.update('files', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('have their problems as serious as srt.severity says', async () => {
    const { uri } = await vscode.workspace.openTextDocument({ language: 'srt-policy', content: TYPING_ERROR });
    await diagnosticsWhen(uri, ([first]) => first?.severity === vscode.DiagnosticSeverity.Error);
    const settings = vscode.workspace.getConfiguration('srt');
    await settings.update('severity', { 'unknown-key': 'hint' }, vscode.ConfigurationTarget.Global);
    try {
      await diagnosticsWhen(uri, ([first]) => first?.severity === vscode.DiagnosticSeverity.Hint);
    } finally {
      await settings.update('severity', undefined, vscode.ConfigurationTarget.Global);
    }
  });
});
