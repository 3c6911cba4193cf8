import { strict as assert } from 'node:assert';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, it, type TestContext } from 'node:test';

import { COVERING_RULES_METHOD, type CoveringRulesResult } from 'srt-language-server/protocol';
import type { Location, SymbolInformation, WorkspaceDiagnosticReport, DocumentDiagnosticReport } from 'vscode-languageserver-protocol/node';

import { openLanguageSession, type LanguageSession } from '../support/language-session';
import { policyOf } from '../support/policies';
import { temporaryDirectory } from '../support/temporary';

const POLICY = JSON.stringify(policyOf({ filesystem: { allowWrite: ['.'], denyWrite: ['./locked', './src/a.ts'] }, network: { allowedDomains: ['*.a.test'] } }), null, 2);

async function openWorkspace(context: TestContext, files: Readonly<Record<string, string>>, capabilities = {}): Promise<{ session: LanguageSession; uri(name: string): string; folder: string }> {
  const folder = temporaryDirectory({ after: (undo) => context.after(undo) }, files);
  return { folder, session: await openLanguageSession(context, { folder, capabilities }), uri: (name) => pathToFileURL(`${folder}/${name}`).toString() };
}

describe('definition and references', () => {
  it('lead from a path to its file, from a rule to the one that overrides it, and to the same path elsewhere', async (context) => {
    const { session, uri } = await openWorkspace(context, { 'src/a.ts': '' });
    const document = session.open(JSON.stringify(policyOf({ filesystem: { allowWrite: ['./src/a.ts'], denyRead: ['src/a.ts'], denyWrite: ['./src'] } }), null, 2).replace('./src/a.ts', './src/|a.ts'), uri('p.srt.json'));
    const found = await document.ask<Location[]>('textDocument/definition');
    assert.deepEqual(found.map((location) => `${location.uri.split('/').pop()}:${location.range.start.line + 1}`), ['a.ts:1', 'p.srt.json:14']);
    const same = await document.ask<Location[]>('textDocument/references', { context: { includeDeclaration: true } });
    assert.deepEqual(same.map(({ range }) => range.start.line + 1), [8, 11]);
  });
});

describe('the rules that cover a file or a host', () => {
  it('are found of a policy that is not open, through links', async (context) => {
    const { session, uri, folder } = await openWorkspace(context, { '.srt-settings.json': POLICY, 'locked/f': '' });
    symlinkSync(join(folder, 'locked'), join(folder, 'way-in'));
    const ask = (target: object): Promise<CoveringRulesResult> => session.connection.sendRequest(COVERING_RULES_METHOD, { textDocument: { uri: uri('.srt-settings.json') }, ...target });
    const { rules } = await ask({ path: join(folder, 'way-in', 'f') });
    assert.deepEqual(rules.map(({ operation, outcome, reason, location, overridden }) => `${operation} ${outcome}: ${reason} @${location!.range.start.line + 1} over ${overridden.length}`), [
      'read allow: reading is allowed unless denyRead names it @9 over 0',
      'write deny: denied by "./locked" in denyWrite @14 over 1',
    ]);
    const hosts = await Promise.all(['x.a.test', 'a.test:80', '[::1]:443', '\u0000'].map((host) => ask({ host })));
    assert.deepEqual(hosts.map((result) => result.rules[0]?.outcome), ['allow', 'deny', 'deny', 'deny']);
  });
});

describe('workspace symbols', () => {
  it('are the rules of every policy, open or not', async (context) => {
    const { session, uri } = await openWorkspace(context, { '.srt-settings.json': POLICY, 'deep/down/other.srt.json': POLICY.replace('locked', 'sealed') });
    const find = async (query: string): Promise<string[]> => (await session.connection.sendRequest<SymbolInformation[]>('workspace/symbol', { query })).map(({ name, containerName, location }) => `${name} ${containerName} ${location.uri.slice(uri('').length)}`);
    assert.deepEqual(await find('seal'), ['./sealed filesystem.denyWrite[0] deep/down/other.srt.json']);
    session.open(POLICY.replace('locked', 'opened'), uri('.srt-settings.json'));
    assert.deepEqual(await find('denyWrite[0]'), ['./opened filesystem.denyWrite[0] .srt-settings.json', './sealed filesystem.denyWrite[0] deep/down/other.srt.json']);
  });
});

/** What the policy names: a path that is missing would be a hint. */
const NAMED = { 'locked/': '', 'src/a.ts': '' };

describe('pulled diagnostics', () => {
  const capabilities = { textDocument: { diagnostic: {} } };

  it('are full once, and unchanged as long as the text is', async (context) => {
    const { session, uri } = await openWorkspace(context, NAMED, capabilities);
    const document = session.open('{ "nonsense": 1 }', uri('p.srt.json'));
    const first = await document.ask<DocumentDiagnosticReport>('textDocument/diagnostic');
    assert.ok(first.kind === 'full' && first.items.some(({ code }) => code === 'unknown-key'));
    const second = await document.ask<DocumentDiagnosticReport>('textDocument/diagnostic', { previousResultId: first.resultId });
    assert.equal(second.kind, 'unchanged');
    document.change(POLICY);
    const third = await document.ask<DocumentDiagnosticReport>('textDocument/diagnostic', { previousResultId: first.resultId });
    assert.deepEqual([third.kind, third.kind === 'full' ? third.items : undefined], ['full', []]);
  });

  it('cover the closed policies of the workspace', async (context) => {
    const { session, uri, folder } = await openWorkspace(context, { ...NAMED, '.srt-settings.json': '{ "nonsense": 1 }', 'ok.srt.json': POLICY, 'other.json': '{' }, capabilities);
    const pull = (previousResultIds: readonly object[] = []): Promise<WorkspaceDiagnosticReport> => session.connection.sendRequest('workspace/diagnostic', { previousResultIds });
    const first = await pull();
    const shown = first.items.map((report) => `${report.uri.slice(uri('').length)} ${report.kind === 'full' ? report.items.length > 0 : report.kind}`).sort();
    assert.deepEqual(shown, ['.srt-settings.json true', 'ok.srt.json false']);
    writeFileSync(join(folder, 'ok.srt.json'), '{ "other": 1 }');
    const again = await pull(first.items.map((report) => ({ uri: report.uri, value: report.resultId })));
    assert.deepEqual(again.items.map((report) => `${report.uri.slice(uri('').length)} ${report.kind}`).sort(), ['.srt-settings.json unchanged', 'ok.srt.json full']);
  });
});
