import type { AbsolutePath, ValidatedPolicy } from 'sandbox-core/policy';
import type { CancellationToken, Connection, InitializeParams, ResponseError, TextDocuments } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';

import type { FileTrees } from './files/file-trees';
import { isPolicyFile } from './check-document';
import type { JsonService } from './json-service';
import type { PolicyDocuments } from './policy-documents';
import { pathOf, placeOf } from './policy-place';
import { createPolicyView, type PolicyView } from './policy-view';
import type { ServerOptions, ViolationsParams } from './protocol';
import { runSafe } from './run-safe';
import type { Runtime } from './runtime';
import type { Settings } from './settings';

/** Everything the requests share; one per connection. */
export interface ServerState {
  readonly connection: Connection;
  readonly runtime: Runtime;
  readonly documents: TextDocuments<TextDocument>;
  readonly policies: PolicyDocuments;
  readonly trees: FileTrees;
  /** By the uri of the policy that they happened under. */
  readonly violations: Map<string, ViolationsParams>;
  /** By uri, how policies were committed last. */
  readonly baselines: Map<string, string>;
  json: JsonService;
  client: ClientFacts;
  settings: Settings;
  /** Changes whenever the same text could have other problems. */
  generation: number;
  /** Publishes the diagnostics of open documents again. */
  republish: () => void;
}

/** What the client said of itself and its workspace. */
export interface ClientFacts {
  readonly folders: readonly AbsolutePath[];
  /** Commands that a code lens may name. */
  readonly commands: readonly string[];
  readonly pullsDiagnostics: boolean;
  /** Whether a published diagnostic may have related information. */
  readonly showsRelated: boolean;
  /** Whether a list of completions may say once what all of them replace. */
  readonly knowsEditRange: boolean;
  readonly watchesFiles: boolean;
  /** Whether it tells when folders are added to the workspace. */
  readonly followsFolders: boolean;
  readonly refreshesInlayHints: boolean;
  readonly refreshesCodeLenses: boolean;
  readonly refreshesDiagnostics: boolean;
  /** Whether settings can be asked for. */
  readonly hasSettings: boolean;
  /** Whether an action may make a file. */
  readonly createsFiles: boolean;
  /** Whether it tells of changed settings if it is asked to. */
  readonly tellsSettings: boolean;
  /** Set where other programs' settings are sent too. */
  readonly policyLanguage: string | undefined;
}

export function clientFacts({ capabilities, workspaceFolders, initializationOptions }: Partial<InitializeParams>): ClientFacts {
  const options = (initializationOptions ?? {}) as ServerOptions; // whatever the client sent; each key is checked where it is read
  return {
    folders: (workspaceFolders ?? []).flatMap(({ uri }) => pathOf(uri) ?? []),
    commands: Array.isArray(options.commands) ? options.commands.map(String) : [],
    pullsDiagnostics: capabilities?.textDocument?.diagnostic !== undefined,
    showsRelated: capabilities?.textDocument?.publishDiagnostics?.relatedInformation === true,
    knowsEditRange: capabilities?.textDocument?.completion?.completionList?.itemDefaults?.includes('editRange') === true,
    watchesFiles: capabilities?.workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    followsFolders: capabilities?.workspace?.workspaceFolders === true,
    refreshesInlayHints: capabilities?.workspace?.inlayHint?.refreshSupport === true,
    refreshesCodeLenses: capabilities?.workspace?.codeLens?.refreshSupport === true,
    refreshesDiagnostics: capabilities?.workspace?.diagnostics?.refreshSupport === true,
    createsFiles: capabilities?.workspace?.workspaceEdit?.documentChanges === true && capabilities.workspace.workspaceEdit.resourceOperations?.includes('create') === true,
    hasSettings: capabilities?.workspace?.configuration === true,
    tellsSettings: capabilities?.workspace?.didChangeConfiguration?.dynamicRegistration === true,
    policyLanguage: typeof options.policyLanguage === 'string' ? options.policyLanguage : undefined,
  };
}

/** The view of an open policy; undefined where there is nothing to see. */
export function viewOf(state: ServerState, uri: string): PolicyView | undefined {
  const document = state.documents.get(uri);
  if (!document || !isPolicyFile(uri)) return undefined;
  return state.policies.view(document, (checked) => viewOfChecked(state, document, checked));
}

function viewOfChecked(state: ServerState, document: TextDocument, checked: ValidatedPolicy): PolicyView | undefined {
  const { uri } = document;
  return createPolicyView({ document, checked, place: placeOf(uri, state.client.folders, state.runtime), reported: () => state.violations.get(uri), exists: (path) => state.runtime.kindOf(path) !== 'missing' });
}

/** The same, for a file of another program that has policies in it: what it has beyond problems is that program's. */
export function embeddedViewOf(state: ServerState, uri: string): PolicyView | undefined {
  const document = state.documents.get(uri);
  return document && viewOfChecked(state, document, state.policies.get(document));
}

interface DocumentParams {
  readonly textDocument: { readonly uri: string };
}

type Handler<Params, Result> = (params: Params, token: CancellationToken) => Promise<Result | ResponseError<never>>;

/** A handler that answers for policies that can be read at all; a refused one (too large, too deep) has no features. */
export function forPolicies<Params extends DocumentParams, Result>(state: ServerState, what: string, fallback: Result, work: (view: PolicyView, params: Params, token: CancellationToken) => Result | Promise<Result>): Handler<Params, Result> {
  return (params, token) =>
    runSafe(state.connection.console, what, token, fallback, () => {
      const view = viewOf(state, params.textDocument.uri);
      return view ? work(view, params, token) : fallback;
    });
}
