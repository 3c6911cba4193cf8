import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, it } from 'node:test';

import type { Violation } from 'sandbox-core/policy';
import type { Diagnostic, Location, MarkupContent } from 'vscode-languageserver-protocol/node';

import { openLanguageSession } from '../support/language-session';
import { policyOf } from '../support/policies';
import { temporaryDirectory } from '../support/temporary';

const BASE = JSON.stringify(policyOf({ filesystem: { denyRead: ['./secret'] } }), null, 2);

function brokenExtends(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.filter(({ code }) => code === 'broken-extends');
}

describe('a policy that extends files', () => {
  it('shows their faults on its entry, with the place in the other file, until they are mended', async (context) => {
    const folder = temporaryDirectory({ after: (undo) => context.after(undo) }, { 'base.json': BASE.replace('"denyRead"', '"denyReads"'), 'policy.srt.json': '' });
    const session = await openLanguageSession(context, { folder });
    const main = session.open('{ "extends": ["node", "./base.json", "./gone.json"] }', pathToFileURL(join(folder, 'policy.srt.json')).toString());
    const found = brokenExtends(await main.diagnostics());
    assert.deepEqual(found.map(({ range, relatedInformation = [] }) => [range.start.character, range.end.character, relatedInformation.map(({ location }) => [location.uri.split('/').at(-1), location.range.start.line])]), [
      [22, 35, [['base.json', 6]]],
      [37, 50, []],
    ]);
    assert.match(JSON.stringify(found[0]?.relatedInformation), /denyReads/);
    assert.match(JSON.stringify(found[1]), /does not exist/);
    // Opened in the editor, its text there counts, and what extends it is looked at again.
    const again = session.diagnostics(main.uri);
    session.open(BASE, pathToFileURL(join(folder, 'base.json')).toString());
    assert.deepEqual(brokenExtends(await again).map(({ range }) => range.start.character), [37]);
  });

  it('gives the same when diagnostics are pulled, and says when nothing changed', async (context) => {
    const folder = temporaryDirectory({ after: (undo) => context.after(undo) }, { 'base.json': '{' });
    const session = await openLanguageSession(context, { folder, capabilities: { textDocument: { diagnostic: {} } } });
    const main = session.open('{ "extends": ["./base.json"] }', pathToFileURL(join(folder, 'policy.srt.json')).toString());
    const first = await main.ask<{ items: Diagnostic[]; resultId: string }>('textDocument/diagnostic');
    assert.equal(brokenExtends(first.items).length, 1);
    assert.equal((await main.ask<{ kind: string }>('textDocument/diagnostic', { previousResultId: first.resultId })).kind, 'unchanged');
    session.open(BASE, pathToFileURL(join(folder, 'base.json')).toString());
    assert.deepEqual(brokenExtends((await main.ask<{ items: Diagnostic[] }>('textDocument/diagnostic', { previousResultId: first.resultId })).items), []);
  });

  it('forgets a violation that an edit of the extending policy settles', async (context) => {
    const folder = temporaryDirectory({ after: (undo) => context.after(undo) }, { 'base.json': BASE });
    const session = await openLanguageSession(context, { folder, capabilities: { textDocument: { diagnostic: {} } } });
    const main = session.open('{ "extends": ["./base.json"], "filesystem": { "allowWrite": [] } }', pathToFileURL(join(folder, 'policy.srt.json')).toString());
    const violation: Violation = { version: 1, kind: 'filesystem', operation: 'write', target: `${folder}/out/x`, source: 'kernel', rule: { kind: 'default', pointer: '/filesystem/allowWrite' }, reason: 'no entry of allowWrite covers it', time: '2026-01-01T00:00:00.000Z', count: 1 };
    session.reportViolations({ uri: main.uri, violations: [violation], context: { base: folder, home: '/nowhere/home' } });
    assert.equal((await session.diagnostics(main.uri)).length, 1);
    const after = session.diagnostics(main.uri);
    main.change('{ "extends": ["./base.json"], "filesystem": { "allowWrite": ["./out"] } }');
    assert.deepEqual(await after, []);
  });

  it('leads to the other file: from its entry, and from a rule that one of its rules overrides', async (context) => {
    const base = BASE.replace('"denyWrite": []', '"denyWrite": [\n      "./locked"\n    ]');
    const folder = temporaryDirectory({ after: (undo) => context.after(undo) }, { 'base.json': base });
    const session = await openLanguageSession(context, { folder });
    let opened = 0;
    const places = async (marked: string): Promise<string[]> => {
      const found = await session.open(marked, pathToFileURL(join(folder, `${++opened}.srt.json`)).toString()).ask<Location[]>('textDocument/definition');
      return found.map((location) => `${location.uri.split('/').at(-1)}:${location.range.start.line + 1}`);
    };
    assert.deepEqual(await places('{ "extends": ["node", "./ba|se.json"] }'), ['base.json:1']);
    assert.deepEqual(await places('{ "extends": ["no|de", "./base.json"] }'), []);
    const line = base.split('\n').findIndex((text) => text.includes('./locked')) + 1;
    assert.deepEqual(await places('{ "extends": ["./base.json"], "filesystem": { "allowWrite": ["./locked/a|"] } }'), [`base.json:${line}`]);
    assert.deepEqual(await places('{ "extends": ["./base.json"], "filesystem": { "allowWrite": ["./other|"] } }'), []);
  });

  it('says what an entry brings in', async (context) => {
    const folder = temporaryDirectory({ after: (undo) => context.after(undo) }, { 'base.json': BASE });
    const session = await openLanguageSession(context, { folder });
    let opened = 0;
    const said = async (marked: string): Promise<string> => (((await session.open(marked, pathToFileURL(join(folder, `${++opened}.srt.json`)).toString()).hover())?.contents ?? { value: '' }) as MarkupContent).value;
    assert.match(await said('{ "extends": ["./ba|se.json"] }'), /Extends `.*base\.json` \(1 path or host\)/);
    assert.match(await said('{ "extends": ["no|de"], "unknown": true }'), /The preset `node`: .*\n.*\n```json\n\{/);
    assert.doesNotMatch(await said('{ "extends": ["./go|ne.json"] }'), /Extends `/);
  });
});
