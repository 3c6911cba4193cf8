import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, it, type TestContext } from 'node:test';

import type { Violation } from 'sandbox-core/policy';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { CodeAction, CompletionItem, CompletionList, Range, TextEdit, WorkspaceEdit } from 'vscode-languageserver-protocol/node';

import { openLanguageSession, type LanguageSession, type OpenDocument } from '../support/language-session';
import { temporaryDirectory } from '../support/temporary';

async function openWorkspace(context: TestContext, files: Readonly<Record<string, string>>, home?: string): Promise<{ session: LanguageSession; open(marked: string): OpenDocument }> {
  const folder = temporaryDirectory({ after: (undo) => context.after(undo) }, files);
  const session = await openLanguageSession(context, { folder, ...(home !== undefined && { home }) });
  let opened = 0;
  return { session, open: (marked) => session.open(marked, pathToFileURL(join(folder, `${++opened}.srt.json`)).toString()) };
}

/** The document after accepting a completion. */
function accept(document: OpenDocument, item: CompletionItem | undefined): string {
  assert.ok(item?.textEdit && 'range' in item.textEdit);
  return edited(document, [item.textEdit]);
}

function edited(document: OpenDocument, edits: TextEdit[]): string {
  return TextDocument.applyEdits(TextDocument.create(document.uri, 'srt-policy', 0, document.text), edits);
}

async function labels(document: OpenDocument): Promise<string[]> {
  return (await document.completion()).map(({ label }) => label);
}

describe('completion of paths', () => {
  it('lists the workspace folder, hidden files last, and the places to start from', async (context) => {
    const { open } = await openWorkspace(context, { 'src/a.ts': '', '.env': '', 'b.txt': '' });
    const items = await open('{ "filesystem": { "denyRead": ["|"] } }').completion();
    const sorted = [...items].sort((a, b) => (a.sortText! < b.sortText! ? -1 : 1)).map(({ label }) => label);
    assert.deepEqual(sorted, ['.', '/', '~', 'src/', 'b.txt', '.env']);
  });

  it('follows what is typed, and replaces the whole text', async (context) => {
    const home = temporaryDirectory({ after: (undo) => context.after(undo) }, { '.ssh/id': '', '.ssh/config': '' });
    const { open } = await openWorkspace(context, { 'src/deep/a.ts': '' }, home);
    const typed = open('{ "filesystem": { "allowWrite": ["./src/d|e"] } }');
    const [deep] = await typed.completion();
    assert.equal(accept(typed, deep), '{ "filesystem": { "allowWrite": ["./src/deep"] } }');
    assert.deepEqual(await labels(open('{ "filesystem": { "denyRead": ["~/.ssh/|"] } }')), ['~/.ssh/config', '~/.ssh/id']);
    assert.deepEqual(await labels(open('{ "credentials": { "files": [{ "path": "~/.ssh/id|" }] } }')), ['~/.ssh/id']);
  });

  it('quotes where no quotes are yet, and keeps what follows apart', async (context) => {
    const { open } = await openWorkspace(context, { 'a.txt': '' });
    const document = open('{ "filesystem": { "denyRead": [ |"b" ] } }');
    const found = (await document.completion()).find(({ label }) => label === 'a.txt');
    assert.equal(accept(document, found), '{ "filesystem": { "denyRead": [ "a.txt","b" ] } }');
  });

  it('names a file with special characters literally', async (context) => {
    const { open } = await openWorkspace(context, { '[draft] notes': '' });
    const document = open('{ "filesystem": { "denyRead": ["|"] } }');
    const found = (await document.completion()).find(({ label }) => label === '[draft] notes');
    assert.equal(accept(document, found), '{ "filesystem": { "denyRead": [{"path":"[draft] notes","literal":true}] } }');
  });
});

describe('completion of domains', () => {
  const violation: Violation = { version: 1, kind: 'network', operation: 'connect', target: 'telemetry.test:443', source: 'proxy', rule: { kind: 'default', pointer: '/network/allowedDomains' }, reason: 'no entry of allowedDomains covers it', time: '2026-01-01T00:00:00.000Z', count: 2 };

  it('says once what all of them replace, to an editor that knows such lists, and more of the one that is looked at', async (context) => {
    const session = await openLanguageSession(context, { capabilities: { textDocument: { completion: { completionList: { itemDefaults: ['editRange'] } } } } });
    const document = session.open('{ "network": { "allowedDomains": ["git|"] } }');
    const { items, itemDefaults } = await document.ask<CompletionList>('textDocument/completion');
    assert.deepEqual(itemDefaults?.editRange, { start: { line: 0, character: 35 }, end: { line: 0, character: 38 } });
    const set = items.find(({ label }) => label === 'GitHub');
    assert.deepEqual([set?.textEditText, set?.textEdit, items.find(({ label }) => label === 'github.com')?.textEditText], ['github.com", "*.github.com", "*.githubusercontent.com', undefined, undefined]);
    assert.match(JSON.stringify(await session.connection.sendRequest<CompletionItem>('completionItem/resolve', set)), /\"documentation\":\"The site, the API[^\"]*github\.com/);
  });

  it('offers what was refused, what the project names, and well-known sets', async (context) => {
    const { open, session } = await openWorkspace(context, {
      'package.json': '{}',
      '.npmrc': 'registry=https://packages.corp.test/npm/\n',
      '.git/config': '[remote "origin"]\n\turl = git@git.corp.test:team/project.git\n',
    });
    const document = open('{ "network": { "allowedDomains": ["|"], "deniedDomains": [] } }');
    session.reportViolations({ uri: document.uri, violations: [violation] });
    const items = [...(await document.completion())].sort((a, b) => (a.sortText! < b.sortText! ? -1 : 1));
    assert.deepEqual(items.slice(0, 4).map(({ label, detail }) => `${label}: ${detail}`), ['telemetry.test: refused 2 times', 'git.corp.test: in .git/config', 'npm: used here: package.json', 'packages.corp.test: in .npmrc']);
    assert.equal(accept(document, items.find(({ label }) => label === 'GitHub')), '{ "network": { "allowedDomains": ["github.com", "*.github.com", "*.githubusercontent.com"], "deniedDomains": [] } }');
  });

  it('leaves out what is there already', async (context) => {
    const { open } = await openWorkspace(context, {});
    const document = open('{ "network": { "allowedDomains": ["github.com", "|"] } }');
    const found = await document.completion();
    assert.equal(found.some(({ label }) => label === 'github.com'), false);
    assert.equal(accept(document, found.find(({ label }) => label === 'GitHub')), '{ "network": { "allowedDomains": ["github.com", "*.github.com", "*.githubusercontent.com"] } }');
  });

  it('offers everything only where it is denied', async (context) => {
    const { open } = await openWorkspace(context, {});
    assert.equal((await labels(open('{ "network": { "allowedDomains": ["|"] } }'))).includes('*'), false);
    assert.equal((await labels(open('{ "network": { "deniedDomains": ["|"] } }'))).includes('*'), true);
  });
});

describe('renaming', () => {
  const policy = '{ "network": { "allowedDomains": ["a.test"], "deniedDomains": ["|a.test"], "deniedDomainReasons": { "a.test": "no" } },\n  "filesystem": { "denyRead": ["./x"], "denyWrite": ["x/**", "y"] } }';

  it('changes a domain in every list, and the key of its reason', async (context) => {
    const document = (await openLanguageSession(context)).open(policy);
    const edit = await document.ask<WorkspaceEdit>('textDocument/rename', { newName: 'b.test' });
    assert.equal(edited(document, edit.changes![document.uri]!).match(/"b\.test"/g)?.length, 3);
  });

  it('changes a path however it is spelled', async (context) => {
    const document = (await openLanguageSession(context)).open(policy.replace('|', '').replace('"./x"', '"./|x"'));
    const range = await document.ask<{ placeholder: string }>('textDocument/prepareRename');
    assert.equal(range.placeholder, './x');
    const edit = await document.ask<WorkspaceEdit>('textDocument/rename', { newName: './z' });
    assert.match(edited(document, edit.changes![document.uri]!), /"denyRead": \["\.\/z"\], "denyWrite": \["\.\/z", "y"\]/);
  });

  it('refuses what could not stand there', async (context) => {
    const document = (await openLanguageSession(context)).open(policy);
    await assert.rejects(document.ask('textDocument/rename', { newName: '*.com' }), /"\*\.com" cannot be used here: a wildcard needs at least two labels/);
  });
});

describe('actions on the whole file', () => {
  async function chosen(document: OpenDocument, session: LanguageSession, kind: string): Promise<string> {
    const range: Range = { start: document.cursor, end: document.cursor };
    const [action] = await document.ask<CodeAction[]>('textDocument/codeAction', { range, context: { diagnostics: [], only: [kind] } });
    assert.ok(action, kind);
    const resolved = action.edit ? action : await session.connection.sendRequest<CodeAction>('codeAction/resolve', action);
    return document.apply(resolved);
  }

  it('fix everything that is safe to fix, in one go', async (context) => {
    const session = await openLanguageSession(context);
    const document = session.open('{\n  "network": { "allowedDomains": ["a.test", "a.test", "b.test"], "deniedDomains": ["b.test"] },\n  // why\n  "filesystem": { "denyReads": [], "allowWrite": ["x", "x", "x"], "denyWrite": [], }\n}\n');
    assert.equal(await chosen(document, session, 'source.fixAll.srt'), '{\n  "network": { "allowedDomains": ["a.test"], "deniedDomains": ["b.test"] },\n  \n  "filesystem": { "denyRead": [], "allowWrite": ["x"], "denyWrite": [] }\n}\n');
  });

  it('makes every edit of a fix or none, where two fixes touch', async (context) => {
    const session = await openLanguageSession(context);
    const document = session.open('{\n  "network": { "allowedDomains": [], "deniedDomains": [] },\n  "filesystem": { "denyRead": ["./x"], "allowWrite": [], "denyWrite": [], "disabled": true }\n}\n');
    assert.equal(await chosen(document, session, 'source.fixAll.srt'), '{\n  "network": { "allowedDomains": [], "deniedDomains": [] },\n  "filesystem": { "denyRead": ["./x"], "allowWrite": [], "denyWrite": [] }\n}\n');
  });

  it('sort the lists and remove repeats', async (context) => {
    const session = await openLanguageSession(context);
    const document = session.open('{ "network": { "allowedDomains": ["b.test", "a.test", "b.test"], "deniedDomains": [] }, "filesystem": { "denyRead": ["z", |"y"] } }');
    assert.equal(await chosen(document, session, 'source.sortLists.srt'), '{ "network": { "allowedDomains": ["a.test", "b.test"], "deniedDomains": [] }, "filesystem": { "denyRead": ["y", "z"] } }');
    assert.equal(await chosen(document, session, 'refactor.rewrite'), '{ "network": { "allowedDomains": ["b.test", "a.test", "b.test"], "deniedDomains": [] }, "filesystem": { "denyRead": ["y", "z"] } }');
  });

  it('limit entries without a port to the ports of the web, where there are some', async (context) => {
    const session = await openLanguageSession(context);
    const offered = async (entry: string, more = ''): Promise<boolean> => (await session.open(`{ "network": { "allowedDomains": [|${JSON.stringify(entry)}], "deniedDomains": []${more} } }`).actions()).some(({ title }) => title.includes('network.defaultPorts'));
    assert.deepEqual([await offered('a.test'), await offered('a.test:22'), await offered('a.test', ', "defaultPorts": [80]')], [true, false, false]);
    const document = session.open('{ "network": { "allowedDomains": [|"a.test"], "deniedDomains": [] } }');
    assert.deepEqual(JSON.parse(await chosen(document, session, 'refactor.rewrite')), { network: { allowedDomains: ['a.test'], deniedDomains: [], defaultPorts: [80, 443] } });
  });

  it('convert the file of another tool', async (context) => {
    const session = await openLanguageSession(context);
    const document = session.open('{ "type": "workspace_readwrite", "additionalReadwritePaths": ["/cache"], "networkPolicy": { "allow": ["a.test"] } }');
    const policy = JSON.parse(await chosen(document, session, 'refactor.rewrite')) as unknown;
    assert.deepEqual(policy, { network: { allowedDomains: ['a.test'], deniedDomains: [] }, filesystem: { denyRead: [], allowWrite: ['.', '/tmp', '/cache'], denyWrite: [] } });
  });

  it('are not offered to convert what is a policy already', async (context) => {
    const session = await openLanguageSession(context);
    const actions = await session.open('{ "network": { "allowedDomains": [], "deniedDomains": [] }, "filesystem": { "denyRead": [], "allowWrite": [], "denyWrite": [] } }').actions();
    assert.deepEqual(actions.map(({ title }) => title), ['Fix all safe problems', 'Sort all lists and remove repeats']);
  });
});

describe('formatting while typing', () => {
  const options = { tabSize: 2, insertSpaces: true };

  it('lays out a block when it is closed', async (context) => {
    const document = (await openLanguageSession(context)).open('{ "network": {"allowedDomains":["a.test"]}|}');
    const edits = await document.ask<TextEdit[]>('textDocument/onTypeFormatting', { ch: '}', options });
    assert.equal(edited(document, edits), '{ "network": {\n    "allowedDomains": [\n      "a.test"\n    ]\n  }}');
  });

  it('adds the comma that two entries lack, and none inside of a text', async (context) => {
    const session = await openLanguageSession(context);
    const between = session.open('{ "filesystem": { "denyRead": ["a"\n|"b"] } }');
    assert.equal(edited(between, await between.ask('textDocument/onTypeFormatting', { ch: '\n', options })), '{ "filesystem": { "denyRead": ["a",\n"b"] } }');
    const inside = session.open('{ "filesystem": { "denyRead": ["a\n|"] } }');
    assert.deepEqual(await inside.ask('textDocument/onTypeFormatting', { ch: '\n', options }), []);
  });
});
