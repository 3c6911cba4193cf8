import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { POLICY_LANGUAGE, VIOLATIONS_METHOD, type ViolationsParams } from 'srt-language-server/protocol';
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type CodeAction,
  type CompletionItem,
  type CompletionList,
  type Diagnostic,
  type DocumentSymbol,
  type Hover,
  type Position,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
  type Range,
  type TextEdit,
} from 'vscode-languageserver-protocol/node';
import { TextDocument } from 'vscode-languageserver-textdocument';

import { root } from './cli';

/** What lies at home is part of what a policy is checked against. */
const EMPTY_HOME = '/nowhere/home';

/** The real language server in a process of its own, spoken to over stdio. */
export interface LanguageSession {
  readonly connection: ProtocolConnection;
  readonly capabilities: Readonly<Record<string, unknown>>;
  /** Opens a document; a `|` in the text is taken out and marks the cursor. */
  open(marked: string, uri?: string): OpenDocument;
  reportViolations(params: ViolationsParams): void;
  /** The next diagnostics of a document. */
  diagnostics(uri: string): Promise<Diagnostic[]>;
}

export interface OpenDocument {
  readonly uri: string;
  readonly text: string;
  readonly cursor: Position;
  diagnostics(): Promise<Diagnostic[]>;
  change(text: string): void;
  /** Any request about the document; the cursor's position is added. */
  ask<Result>(method: string, params?: object): Promise<Result>;
  completion(): Promise<CompletionItem[]>;
  hover(): Promise<Hover | null>;
  symbols(): Promise<DocumentSymbol[]>;
  format(): Promise<string>;
  actions(range?: Range): Promise<CodeAction[]>;
  /** The text after an action. */
  apply(action: CodeAction): string;
}

export interface SessionOptions {
  /** The workspace folder. */
  readonly folder?: string;
  readonly home?: string;
  readonly capabilities?: object;
  /** Those that a code lens may name. */
  readonly commands?: readonly string[];
  /** Code → severity. */
  readonly severity?: Readonly<Record<string, string>>;
  /** More of `initializationOptions`. */
  readonly options?: object;
  /** Answers what the server asks from the start. */
  readonly answer?: (connection: ProtocolConnection) => void;
}

export async function openLanguageSession(context: { after(undo: () => Promise<void>): void }, { folder, home = EMPTY_HOME, capabilities: extra = {}, commands = [], severity = {}, options = {}, answer }: SessionOptions = {}): Promise<LanguageSession> {
  const env = { ...process.env, HOME: home };
  const child = spawn(process.execPath, [join(root, 'server', 'bin', 'srt-language-server.js'), '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'], env });
  const connection = createProtocolConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  const published = createInbox(connection);
  answer?.(connection);
  connection.listen();
  const { capabilities } = await connection.sendRequest<{ capabilities: Record<string, unknown> }>('initialize', {
    processId: process.pid,
    rootUri: null,
    workspaceFolders: folder === undefined ? null : [{ uri: pathToFileURL(folder).toString(), name: 'folder' }],
    initializationOptions: { commands, severity, ...options },
    capabilities: { textDocument: { completion: { completionItem: { snippetSupport: true } } }, ...extra },
  });
  await connection.sendNotification('initialized', {});
  context.after(async () => {
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    await connection.sendRequest('shutdown');
    await connection.sendNotification('exit');
    await exited;
    connection.dispose();
  });
  let opened = 0;
  return {
    connection,
    capabilities,
    open: (marked, uri = `file:///ws/${++opened}.srt.json`) => openDocument(connection, published, marked, uri),
    reportViolations: (params) => void connection.sendNotification(VIOLATIONS_METHOD, params),
    diagnostics: (uri) => published.next(uri),
  };
}

interface Inbox {
  next(uri: string): Promise<Diagnostic[]>;
}

/** Diagnostics that arrived and have not been asked for, by document. */
function createInbox(connection: ProtocolConnection): Inbox {
  const arrived = new Map<string, Diagnostic[][]>();
  const waiting = new Map<string, ((diagnostics: Diagnostic[]) => void)[]>();
  connection.onNotification('textDocument/publishDiagnostics', ({ uri, diagnostics }: PublishDiagnosticsParams) => {
    const waiter = waiting.get(uri)?.shift();
    if (waiter) waiter(diagnostics);
    else arrived.set(uri, [...(arrived.get(uri) ?? []), diagnostics]);
  });
  return {
    next(uri) {
      const ready = arrived.get(uri)?.shift();
      if (ready) return Promise.resolve(ready);
      return new Promise((resolve) => waiting.set(uri, [...(waiting.get(uri) ?? []), resolve]));
    },
  };
}

function openDocument(connection: ProtocolConnection, published: Inbox, marked: string, uri: string): OpenDocument {
  const at = marked.indexOf('|');
  const initial = at === -1 ? marked : marked.slice(0, at) + marked.slice(at + 1);
  let document = TextDocument.create(uri, POLICY_LANGUAGE, 1, initial);
  const cursor = document.positionAt(Math.max(at, 0));
  void connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId: POLICY_LANGUAGE, version: 1, text: initial } });
  const textDocument = { uri };
  const ask = <Result>(method: string, params: object): Promise<Result> => connection.sendRequest(method, { textDocument, ...params });
  return {
    uri,
    get text() {
      return document.getText();
    },
    cursor,
    diagnostics: () => published.next(uri),
    ask: (method, params = {}) => ask(method, { position: cursor, ...params }),
    change(text) {
      document = TextDocument.create(uri, POLICY_LANGUAGE, document.version + 1, text);
      void connection.sendNotification('textDocument/didChange', { textDocument: { uri, version: document.version }, contentChanges: [{ text }] });
    },
    completion: async () => (await ask<CompletionList | null>('textDocument/completion', { position: cursor }))?.items ?? [],
    hover: () => ask('textDocument/hover', { position: cursor }),
    symbols: () => ask('textDocument/documentSymbol', {}),
    format: async () => TextDocument.applyEdits(document, await ask<TextEdit[]>('textDocument/formatting', { options: { tabSize: 2, insertSpaces: true } })),
    actions: (range = { start: cursor, end: cursor }) => ask('textDocument/codeAction', { range, context: { diagnostics: [] } }),
    apply: (action) => TextDocument.applyEdits(document, action.edit?.changes?.[uri] ?? []),
  };
}
