import { strict as assert } from 'node:assert';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, it } from 'node:test';

import { fc } from '../support/properties';
import { COVERING_RULES_METHOD } from 'srt-language-server/protocol';
import { CancellationToken, CancellationTokenSource, type CodeAction, type InlayHint, type ResponseError } from 'vscode-languageserver-protocol/node';

import { openLanguageSession, type LanguageSession, type OpenDocument } from '../support/language-session';
import { policyOf } from '../support/policies';
import { temporaryDirectory } from '../support/temporary';

const BASE = JSON.stringify(
  policyOf({
    network: { allowedDomains: ['*.a.test:443', 'b.test', '[::1]:80'], deniedDomains: ['b.test', '*:22'], deniedDomainReasons: { 'b.test': 'no' } },
    filesystem: { denyRead: ['~/.ssh', './**/*.k[e]y', { path: 'x[1]', literal: true }], allowRead: ['~'], allowWrite: ['.', './src'], denyWrite: ['./src'] },
    credentials: { files: [{ path: '~/.netrc', mode: 'deny' }] },
  }),
  null,
  1,
);

/** Pieces that break what stands around them: half of a string, of an escape, of a surrogate pair, deep nesting. */
const splinter = fc.constantFrom('"', '\\', '\\u', '\\ud800', '\ud800', '\u202e', '\0', '{', '}', '[', ']', ',', ':', '\n', '\r\n', '//', '/*', '*', '**/', '[', '~', '..', '['.repeat(80), 'null', '1e999', '__proto__', '"constructor": 1,', '{"path":', '\uFEFF');

/** A policy with a few parts cut out, doubled or broken; and a place in it. */
const mutated = fc
  .record({ cuts: fc.array(fc.record({ at: fc.nat(BASE.length), length: fc.nat(40), insert: fc.oneof(splinter, fc.string({ maxLength: 5 }), fc.constant('')) }), { maxLength: 4 }), at: fc.nat(BASE.length + 50) })
  .map(({ cuts, at }) => ({ text: cuts.reduce((text, cut) => text.slice(0, cut.at) + cut.insert + text.slice(cut.at + cut.length), BASE), at }));

const options = { tabSize: 2, insertSpaces: true };

async function everyFeature(session: LanguageSession, document: OpenDocument): Promise<void> {
  const range = { start: { line: 0, character: 0 }, end: document.cursor };
  const requests: readonly [string, object][] = [
    ['completion', {}], ['hover', {}], ['definition', {}], ['references', { context: { includeDeclaration: true } }], ['documentHighlight', {}], ['prepareRename', {}],
    ['documentSymbol', {}], ['documentLink', {}], ['foldingRange', {}], ['selectionRange', { positions: [document.cursor] }], ['codeLens', {}], ['inlayHint', { range }],
    ['semanticTokens/full', {}], ['semanticTokens/range', { range }], ['formatting', { options }], ['rangeFormatting', { range, options }], ['diagnostic', {}],
    ...['}', ']', '\n'].map((ch): [string, object] => ['onTypeFormatting', { ch, options }]),
  ];
  await Promise.all(requests.map(([method, params]) => document.ask(`textDocument/${method}`, params)));
  const actions = await document.ask<CodeAction[]>('textDocument/codeAction', { range, context: { diagnostics: [] } });
  await Promise.all(actions.map((action) => session.connection.sendRequest('codeAction/resolve', action)));
  await session.connection.sendRequest(COVERING_RULES_METHOD, { textDocument: { uri: document.uri }, path: '/x', host: 'b.test' });
  // A name that cannot stand there is refused; anything else would be a fault.
  await document.ask('textDocument/rename', { newName: 'c.test' }).catch((error: unknown) => assert.match((error as ResponseError).message, /cannot be used here/));
}

describe('every feature', () => {
  it('answers for any text and place, and logs no fault', { timeout: 170_000 }, async (context) => {
    const folder = temporaryDirectory({ after: (undo) => context.after(undo) }, { 'src/a.key': '', 'b.txt': '' });
    const session = await openLanguageSession(context, { folder, commands: ['srt.showViolations', 'srt.tryTarget'], capabilities: { textDocument: { diagnostic: {} } } });
    const faults: string[] = [];
    session.connection.onNotification('window/logMessage', ({ message }: { message: string }) => void faults.push(message));
    let opened = 0;
    await fc.assert(
      fc.asyncProperty(mutated, async ({ text, at }) => {
        // `|` marks the cursor, so a text of its own has none.
        const plain = text.replaceAll('|', '');
        const place = Math.min(at, plain.length);
        const document = session.open(`${plain.slice(0, place)}|${plain.slice(place)}`, pathToFileURL(join(folder, `${++opened}.srt.json`)).toString());
        await everyFeature(session, document);
        await session.connection.sendNotification('textDocument/didClose', { textDocument: { uri: document.uri } });
        assert.deepEqual(faults, []);
      }),
      { numRuns: 60 },
    );
  });

  it('is not answered when the request is cancelled', async (context) => {
    const session = await openLanguageSession(context);
    const document = session.open(BASE);
    const source = new CancellationTokenSource();
    const hover = (token: CancellationToken): Promise<unknown> => session.connection.sendRequest('textDocument/hover', { textDocument: { uri: document.uri }, position: { line: 3, character: 5 } }, token);
    // So many are in front of it that the server hears of the cancellation before its turn comes.
    const before = Promise.all(Array.from({ length: 300 }, () => hover(CancellationToken.None)));
    const asked = hover(source.token);
    source.cancel();
    await assert.rejects(asked, (error: ResponseError) => error.code === -32800);
    await before;
  });
});

describe('a large policy and workspace', () => {
  it('are served by every feature', { timeout: 120_000 }, async (context) => {
    const folder = temporaryDirectory({ after: (undo) => context.after(undo) });
    for (let directory = 0; directory < 50; directory++) {
      mkdirSync(join(folder, `d${directory}`));
      for (let file = 0; file < 200; file++) writeFileSync(join(folder, `d${directory}`, `f${file}.txt`), '');
    }
    const session = await openLanguageSession(context, { folder });
    const many = (make: (index: number) => string): string[] => Array.from({ length: 2_500 }, (_, index) => make(index));
    const policy = policyOf({ network: { allowedDomains: many((index) => `h${index}.a.test`), deniedDomains: many((index) => `h${index}.b.test`) }, filesystem: { denyRead: ['./d1/*9.txt', './**/f7*.txt', ...many((index) => `./x${index}`)], allowWrite: many((index) => `./d${index % 50}/f${index}.txt`) } });
    const document = session.open(JSON.stringify(policy, null, 1), pathToFileURL(join(folder, 'p.srt.json')).toString());
    const line = document.text.split('\n').findIndex((text) => text.includes('./d1/*9'));
    const range = { start: { line, character: 0 }, end: { line: line + 1, character: 40 } };
    const hints = await document.ask<InlayHint[]>('textDocument/inlayHint', { range });
    assert.deepEqual(hints.map(({ label }) => label), ['20 files', '550 files']);
    await everyFeature(session, document);
  });
});
