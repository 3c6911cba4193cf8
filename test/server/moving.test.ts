import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, it, type TestContext } from 'node:test';

import { TextDocument } from 'vscode-languageserver-textdocument';
import type { CodeAction, TextDocumentEdit, TextEdit } from 'vscode-languageserver-protocol/node';

import { openLanguageSession, type LanguageSession, type OpenDocument } from '../support/language-session';
import { temporaryDirectory } from '../support/temporary';

const CREATES_FILES = { workspace: { workspaceEdit: { documentChanges: true, resourceOperations: ['create'] } } };

interface Place {
  readonly session: LanguageSession;
  readonly home: string;
  readonly folder: string;
  open(name: string, marked: string): OpenDocument;
}

/** A home directory with the workspace folder `project` in it. */
async function openPlace(context: TestContext, files: Readonly<Record<string, string>>, capabilities: object = {}, project = 'project'): Promise<Place> {
  const home = temporaryDirectory({ after: (undo) => context.after(undo) }, { [`${project}/.keep`]: '', ...files });
  const folder = join(home, project);
  const session = await openLanguageSession(context, { folder, home, capabilities });
  return { session, home, folder, open: (name, marked) => session.open(marked, uriOf(join(home, name))) };
}

function uriOf(path: string): string {
  return pathToFileURL(path).toString();
}

function policy(denyRead: string, first = ''): string {
  return `{${first} "network": { "allowedDomains": [], "deniedDomains": [] }, "filesystem": { "denyRead": ${denyRead}, "allowWrite": [], "denyWrite": [] } }`;
}

async function moves(document: OpenDocument): Promise<CodeAction[]> {
  const range = { start: document.cursor, end: document.cursor };
  return document.ask('textDocument/codeAction', { range, context: { diagnostics: [], only: ['refactor.move'] } });
}

async function chosen({ session }: Place, document: OpenDocument, title: string): Promise<CodeAction> {
  const action = (await moves(document)).find((candidate) => candidate.title === title);
  assert.ok(action, title);
  assert.notEqual(action.isPreferred, true);
  return session.connection.sendRequest<CodeAction>('codeAction/resolve', action);
}

/** The list and the comments in it, whatever its layout. */
function denyRead(text: string): string | undefined {
  return /"denyRead": (\[[^\]]*\])/.exec(text)?.[1]?.replace(/\s+/g, ' ');
}

function applied(text: string, edits: TextEdit[] = []): string {
  return TextDocument.applyEdits(TextDocument.create('file:///x', 'srt-policy', 0, text), edits);
}

describe('moving a rule between policies', () => {
  it('goes from the workspace to the user\'s policy, with its comment, and means the same there', async (context) => {
    const users = policy('["~/.ssh"]');
    const place = await openPlace(context, { '.srt-settings.json': users });
    const document = place.open('project/.srt-settings.json', policy('[\n  // generated\n  "./bui|ld/**",\n  "x"\n]'));
    const action = await chosen(place, document, 'Move to ~/.srt-settings.json');
    assert.equal(document.apply(action), policy('[\n  "x"\n]'));
    assert.equal(denyRead(applied(users, action.edit?.changes?.[uriOf(join(place.home, '.srt-settings.json'))])), '[ "~/.ssh", // generated "~/project/build/**" ]');
  });

  it('goes from the user\'s to the workspace\'s policy, whose unsaved text counts', async (context) => {
    const place = await openPlace(context, { 'project/.srt-settings.json': 'not yet' });
    const workspace = place.open('project/.srt-settings.json', policy('[]'));
    const document = place.open('.srt-settings.json', policy('["/a", "/|b"]'));
    const action = await chosen(place, document, 'Move to .srt-settings.json of the workspace');
    assert.equal(document.apply(action), policy('["/a"]'));
    assert.equal(denyRead(applied(workspace.text, action.edit?.changes?.[workspace.uri])), '[ "/b" ]');
  });

  it('goes to a file that the policy extends, where relative paths start at the same place', async (context) => {
    const base = policy('["a"]');
    const place = await openPlace(context, { 'project/policies/base.json': base });
    const document = place.open('project/main.srt.json', policy('["./b|uild"]', ' "extends": ["node", "./policies/base.json"],'));
    const action = await chosen(place, document, 'Move to policies/base.json of the workspace');
    assert.equal(denyRead(applied(base, action.edit?.changes?.[uriOf(join(place.folder, 'policies/base.json'))])), '[ "a", "./build" ]');
  });

  it('makes the user\'s policy where the client can make files, and no other', async (context) => {
    const place = await openPlace(context, {}, CREATES_FILES);
    const document = place.open('project/x.srt.json', policy('["/a|"]'));
    assert.deepEqual((await moves(document)).map(({ title }) => title), ['Move to a new ~/.srt-settings.json']);
    const { edit } = await chosen(place, document, 'Move to a new ~/.srt-settings.json');
    const [create, there, here] = edit?.documentChanges as [object, TextDocumentEdit, TextDocumentEdit];
    assert.deepEqual(create, { kind: 'create', uri: uriOf(join(place.home, '.srt-settings.json')), options: { overwrite: false, ignoreIfExists: false } });
    assert.deepEqual((JSON.parse(applied('', there.edits as TextEdit[])) as { filesystem: object }).filesystem, { denyRead: ['/a'], allowWrite: [], denyWrite: [] });
    assert.equal(applied(document.text, here.edits as TextEdit[]), policy('[]'));
    const without = await openPlace(context, {});
    assert.deepEqual(await moves(without.open('project/x.srt.json', policy('["/a|"]'))), []);
  });

  it('is not offered to a file that is no valid policy, off an entry, or from another kind of list', async (context) => {
    const place = await openPlace(context, { '.srt-settings.json': '{ "filesystem": [] }', 'project/.srt-settings.json': policy('[]') });
    assert.deepEqual((await moves(place.open('project/1.srt.json', policy('["/a|"]')))).map(({ title }) => title), ['Move to .srt-settings.json of the workspace']);
    assert.deepEqual(await moves(place.open('project/2.srt.json', policy('["/a"]', ' "ext|ends": [],'))), []);
    assert.deepEqual(await moves(place.open('project/3.srt.json', policy('["/a"]', ' "extends": ["no|de"],'))), []);
  });

  it('is not offered where a pattern could not be said', async (context) => {
    const place = await openPlace(context, { '.srt-settings.json': policy('[]') }, {}, 'pro[j]ect');
    assert.deepEqual(await moves(place.open('pro[j]ect/1.srt.json', policy('["a|"]'))), []);
    const literal = place.open('pro[j]ect/2.srt.json', policy('[{ "path": "a|", "literal": true }]'));
    const action = await chosen(place, literal, 'Move to ~/.srt-settings.json');
    const [edits] = Object.entries(action.edit?.changes ?? {}).flatMap(([uri, found]) => (uri === literal.uri ? [] : [found]));
    assert.deepEqual((JSON.parse(applied(policy('[]'), edits)) as { filesystem: { denyRead: unknown } }).filesystem.denyRead, [{ path: '~/pro[j]ect/a', literal: true }]);
  });
});
