import { strict as assert } from 'node:assert';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, it, type TestContext } from 'node:test';

import type { Violation } from 'sandbox-core/policy';
import type { CodeLens, DocumentHighlight, DocumentLink, FoldingRange, InlayHint, MarkupContent, SelectionRange, SemanticTokens, SignatureHelp } from 'vscode-languageserver-protocol/node';

import { openLanguageSession, type LanguageSession, type OpenDocument, type SessionOptions } from '../support/language-session';
import { policyOf } from '../support/policies';
import { temporaryDirectory } from '../support/temporary';

const EVERYWHERE = { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } };

interface Workspace {
  readonly session: LanguageSession;
  readonly folder: string;
  open(marked: string): OpenDocument;
}

async function openWorkspace(context: TestContext, files: Readonly<Record<string, string>>, options: Omit<SessionOptions, 'folder'> = {}): Promise<Workspace> {
  const folder = temporaryDirectory({ after: (undo) => context.after(undo) }, files);
  const session = await openLanguageSession(context, { folder, ...options });
  let opened = 0;
  return { session, folder, open: (marked) => session.open(marked, pathToFileURL(join(folder, `${++opened}.srt.json`)).toString()) };
}

function text(marked: Parameters<typeof policyOf>[0]): string {
  return JSON.stringify(policyOf(marked), null, 2);
}

async function hoverText(document: OpenDocument): Promise<string> {
  return ((await document.hover())?.contents as MarkupContent | undefined)?.value ?? '';
}

async function hints(document: OpenDocument): Promise<string[]> {
  return (await document.ask<InlayHint[]>('textDocument/inlayHint', { range: EVERYWHERE })).map(({ label }) => (typeof label === 'string' ? label : label.map(({ value }) => value).join('')));
}

describe('hovering over a path', () => {
  it('tells where it leads, how many files it covers, and what decides', async (context) => {
    const { open, folder } = await openWorkspace(context, { 'src/a.ts': '', 'src/b.ts': '', 'src/deep/c.ts': '' });
    const shown = await hoverText(open(text({ filesystem: { allowWrite: ['./s|rc'] } })));
    assert.match(shown, new RegExp(`^Here: \`${folder}/src\` \\(3 files\\)`));
    assert.match(shown, /Reading: \*\*allowed\*\*[^]*Writing: \*\*allowed\*\* — `allowed by "\.\/src" in allowWrite`/);
  });

  it('names the rule that overrides it', async (context) => {
    const { open } = await openWorkspace(context, { 'src/a.ts': '' });
    const shown = await hoverText(open(text({ filesystem: { allowWrite: ['./src/a|.ts'], denyWrite: ['./src'] } })));
    assert.match(shown, /Writing: \*\*denied\*\*[^]*Overridden by `\.\/src` in `filesystem\.denyWrite\[0\]`/);
  });

  it('counts what a pattern matches, with examples, and follows links', async (context) => {
    const { open, folder } = await openWorkspace(context, { 'keys/a.pem': '', 'keys/b.pem': '', 'keys/c.txt': '' });
    symlinkSync(join(folder, 'keys'), join(folder, 'linked'));
    assert.match(await hoverText(open(text({ filesystem: { denyRead: ['./keys/*.p|em'] } }))), /\(2 files\)[^]*For instance `[^`]*a\.pem`/);
    assert.match(await hoverText(open(text({ filesystem: { denyRead: ['./link|ed'] } }))), new RegExp(`Leads to \`${folder}/keys\``));
  });

  it('shows names of files as text', async (context) => {
    const { open } = await openWorkspace(context, { 'x/`[a](command:b).pem': '' });
    const shown = await hoverText(open(text({ filesystem: { denyRead: ['./x/*.p|em'] } })));
    assert.match(shown, /For instance ``\/[^\n]*\/`\[a\]\(command:b\)\.pem``/);
  });
});

describe('hovering over a domain', () => {
  it('tells what it covers, and what overrides it', async (context) => {
    const session = await openLanguageSession(context);
    assert.match(await hoverText(session.open(text({ network: { allowedDomains: ['*.exam|ple.com'] } }))), /^Every name below `example\.com`, on every port; not `example\.com` itself/);
    assert.match(await hoverText(session.open(text({ network: { allowedDomains: ['a.exam|ple.com:22'], deniedDomains: ['*.example.com'] } }))), /on port 22[^]*Connecting: \*\*denied\*\*[^]*Overridden by `\*\.example\.com` in `network\.deniedDomains\[0\]`/);
  });
});

describe('inlay hints', () => {
  it('show where ~ leads, and how many files a path covers now', async (context) => {
    const home = temporaryDirectory({ after: (undo) => context.after(undo) }, { '.ssh/id': '' });
    const { open } = await openWorkspace(context, { 'src/a.ts': '' }, { home });
    const document = open(text({ filesystem: { denyRead: ['~/.ssh', '~/.aws'], allowWrite: ['./src', './src/a.ts', './**/*.ts', '.'] } }));
    assert.deepEqual(await hints(document), [`${home}/.ssh · 1 file`, `${home}/.aws · no such file`, '1 file', 'a file', '1 file', '1 file']);
  });

  it('are counted again when the client tells that files came or went', async (context) => {
    const { open, session, folder } = await openWorkspace(context, { 'src/a.ts': '', 'old/b.ts': '' }, { capabilities: { workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } } });
    session.connection.onRequest('client/registerCapability', () => null);
    const document = open(text({ filesystem: { allowWrite: ['./src', './**/*.ts', '.'] } }));
    assert.deepEqual(await hints(document), ['1 file', '2 files', '2 files']);
    mkdirSync(join(folder, 'src', 'new'));
    writeFileSync(join(folder, 'src', 'new', 'c.ts'), '');
    rmSync(join(folder, 'old'), { recursive: true });
    const uri = (name: string): string => pathToFileURL(join(folder, name)).toString();
    await session.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri: uri('src/new'), type: 1 }, { uri: uri('old'), type: 3 }] });
    assert.deepEqual(await hints(document), ['2 files', '2 files', '2 files']);
  });
});

describe('code lenses', () => {
  const violation: Violation = { version: 1, kind: 'filesystem', operation: 'write', target: '/etc/x', source: 'kernel', rule: { kind: 'default', pointer: '/filesystem/allowWrite' }, reason: 'no entry of allowWrite covers it', time: '2026-01-01T00:00:00.000Z', count: 3 };

  it('count what was refused at its rule, and offer to try a path', async (context) => {
    const session = await openLanguageSession(context, { commands: ['srt.showViolations', 'srt.explainViolations', 'srt.tryTarget'] });
    const document = session.open(text({}));
    session.reportViolations({ uri: document.uri, violations: [violation] });
    const lenses = await document.ask<CodeLens[]>('textDocument/codeLens');
    assert.deepEqual(lenses.map(({ command, range }) => `${range.start.line} ${command?.title}`), ['7 $(shield) refused 3 times: show', '7 explain', '5 try a path…', '1 try a host…']);
  });

  it('name no command that the client does not have', async (context) => {
    const session = await openLanguageSession(context);
    assert.deepEqual(await session.open(text({})).ask('textDocument/codeLens'), []);
  });
});

describe('the structure of a policy', () => {
  it('folds, grows selections, and links files', async (context) => {
    const { open, folder } = await openWorkspace(context, { '.env': '', 'src/a.ts': '' });
    const document = open(text({ filesystem: { denyWrite: ['./.e|nv', './src', './missing'] } }));
    assert.ok((await document.ask<FoldingRange[]>('textDocument/foldingRange')).length >= 2);
    const [selection] = await document.ask<SelectionRange[]>('textDocument/selectionRange', { positions: [document.cursor] });
    assert.ok(selection?.parent?.parent);
    const links = await document.ask<DocumentLink[]>('textDocument/documentLink');
    assert.deepEqual(links.map(({ target }) => target), [pathToFileURL(join(folder, '.env')).toString()]);
  });

  it('colors wildcards, ~, labels and ports', async (context) => {
    const session = await openLanguageSession(context);
    const document = session.open('{ "network": { "allowedDomains": ["*.a.b:80"] }, "filesystem": { "denyRead": ["~/*.key"] } }');
    const { data } = await document.ask<SemanticTokens>('textDocument/semanticTokens/full');
    const tokens = Array.from({ length: data.length / 5 }, (_, index) => data.slice(index * 5, index * 5 + 5));
    let column = 0;
    const shown = tokens.map(([, delta = 0, length = 0, type]) => `${document.text.slice((column += delta), column + length)} ${type}`);
    assert.deepEqual(shown, ['* 0', 'a 2', 'b 2', '80 3', '~ 1', '* 0']);
  });

  it('highlights every place of the same file or host', async (context) => {
    const session = await openLanguageSession(context);
    const document = session.open('{ "network": { "allowedDomains": ["a.test"], "deniedDomains": ["A.test"] },\n "filesystem": { "denyRead": ["./x|"], "denyWrite": ["x/**", "y"] } }');
    const found = await document.ask<DocumentHighlight[]>('textDocument/documentHighlight');
    assert.deepEqual(found.map(({ range, kind }) => [range.start.character, kind]), [[30, 2], [52, 3]]);
  });
});

describe('signature help', () => {
  const explained = async (context: TestContext, marked: string): Promise<string | null> => {
    const { open } = await openWorkspace(context, {});
    const help = await open(marked).ask<SignatureHelp | null>('textDocument/signatureHelp');
    const [signature] = help?.signatures ?? [];
    const parameter = signature?.parameters?.[help?.activeParameter ?? 0];
    if (!signature) return null;
    return parameter ? signature.label.slice(...(parameter.label as [number, number])) : 'none';
  };

  it('says what the characters of a path pattern mean, and which the cursor is at', async (context) => {
    const cases: [string, string][] = [['~/|', '~/'], ['./|', './'], ['src/*|', '*'], ['src/**|', 'dir/**'], ['**/|', '**'], ['src/[ab|', '[abc]'], ['[ab]|', '[abc]'], ['a?|', '?'], ['plain|', 'none']];
    for (const [typed, expected] of cases) assert.equal(await explained(context, JSON.stringify({ filesystem: { denyRead: [typed] } })), expected, typed);
    assert.equal(await explained(context, '{ "filesystem": { "allowWrite": ["src/*|'), '*');
  });

  it('says it of hosts, and not of what is no pattern', async (context) => {
    const cases: [string, string][] = [['*.|', '*.'], ['a.test|', 'example.com'], ['*.a.test|', 'example.com'], ['a.test:|', ':443'], ['[::1|]', '[::1]'], ['[::1]:80|', ':443']];
    for (const [typed, expected] of cases) assert.equal(await explained(context, JSON.stringify({ network: { allowedDomains: [typed] } })), expected, typed);
    assert.equal(await explained(context, '{ "network": { "allowUnixSockets": ["/run/*|"] } }'), null);
    assert.equal(await explained(context, '{ "filesystem": { "denyRead": [{ "path": "a*|", "literal": true }] } }'), null);
    assert.equal(await explained(context, '{ "allowPty|": true }'), null);
  });
});
