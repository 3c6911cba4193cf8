import { DidChangeWatchedFilesNotification, FileChangeType, TextDocuments, type Connection } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';

import { CAPABILITIES, textChanges, withoutTextChanges } from './capabilities';
import { documentCheck } from './check-document';
import { extendingPolicies } from './composed-policy';
import { createFileTrees } from './files/file-trees';
import { createJsonService } from './json-service';
import { createPolicyDocuments } from './policy-documents';
import { pathOf } from './policy-place';
import { registerAsking } from './requests/asking';
import { registerDiagnosing } from './requests/diagnosing';
import { registerEditing } from './requests/editing';
import { registerNavigating } from './requests/navigating';
import { registerReading } from './requests/reading';
import type { ServerOptions } from './protocol';
import type { Runtime } from './runtime';
import { clientFacts, type ServerState } from './server-state';
import { followSettings, settingsOf } from './settings';

/** How long counts of files are believed if nobody tells of changes. */
const UNWATCHED_MS = 10_000;
/** A build makes files by the thousand; hints are counted again when it pauses. */
const SETTLED_MS = 1_000;

/** Serves one client until it disconnects. */
export function startServer(connection: Connection, runtime: Runtime): void {
  const state: ServerState = {
    connection,
    runtime,
    documents: new TextDocuments(TextDocument),
    policies: createPolicyDocuments(({ uri }) => documentCheck(state, uri), runtime.now),
    trees: createFileTrees(runtime),
    violations: new Map(),
    baselines: new Map(),
    json: createJsonService({}),
    client: clientFacts({}),
    settings: settingsOf({}),
    generation: 0,
    republish: () => undefined,
  };
  registerWorkspace(state);
  registerDiagnosing(state);
  registerReading(state);
  registerAsking(state);
  registerNavigating(state);
  registerEditing(state);
  state.documents.listen(connection);
  connection.listen();
}

function registerWorkspace(state: ServerState): void {
  const { connection, trees } = state;
  connection.onInitialize((params) => {
    state.json = createJsonService({ textDocument: params.capabilities.textDocument ?? {} });
    state.client = clientFacts(params);
    state.settings = settingsOf((params.initializationOptions ?? {}) as ServerOptions);
    trees.setFolders(state.client.folders);
    if (!state.client.watchesFiles) trees.believeFor(UNWATCHED_MS);
    return state.client.policyLanguage === undefined ? CAPABILITIES : withoutTextChanges(CAPABILITIES);
  });
  connection.onInitialized(() => {
    if (state.client.watchesFiles) void connection.client.register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern: '**/*' }] });
    if (state.client.policyLanguage !== undefined) void connection.client.register(textChanges(state.client.policyLanguage));
    void followSettings(state, () => recheck(state));
    if (state.client.followsFolders) connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => changeFolders(state, added.map(({ uri }) => uri), removed.map(({ uri }) => uri)));
  });
  registerFileChanges(state);
}

function changeFolders(state: ServerState, added: readonly string[], removed: readonly string[]): void {
  const gone = new Set(removed.map((uri) => pathOf(uri)));
  const folders = [...state.client.folders.filter((folder) => !gone.has(folder)), ...added.flatMap((uri) => pathOf(uri) ?? [])];
  state.client = { ...state.client, folders };
  state.trees.setFolders(folders);
  recheck(state);
}

function registerFileChanges(state: ServerState): void {
  const { connection, runtime, trees } = state;
  let pending = runtime.schedule(() => undefined, 0);
  connection.onDidChangeWatchedFiles(({ changes }) => {
    const moved = changes.filter(({ type }) => type !== FileChangeType.Changed).flatMap(({ uri }) => pathOf(uri) ?? []);
    moved.forEach((path) => trees.changed(path));
    if (moved.length > 0) state.policies.forget();
    const isExtended = changes.some(({ uri }) => uri.endsWith('.json')) && extendingPolicies(state).length > 0;
    if (moved.length === 0 && !isExtended) return;
    pending.cancel();
    pending = runtime.schedule(() => {
      recheck(state);
      if (state.client.refreshesInlayHints) void connection.languages.inlayHint.refresh().catch(() => undefined);
    }, SETTLED_MS);
  });
}

/** What open policies are checked against changed. */
function recheck(state: ServerState): void {
  state.policies.forget();
  state.generation++;
  if (state.client.pullsDiagnostics && state.client.refreshesDiagnostics) void state.connection.languages.diagnostics.refresh();
  if (!state.client.pullsDiagnostics) state.republish();
}
