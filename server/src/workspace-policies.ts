import { dialectOf, type AbsolutePath } from 'sandbox-core/policy';
import type { CancellationToken } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';

import { checkText, isPolicyFile } from './check-document';
import type { TreeDirectory } from './files/file-tree';
import { pathOf, placeOf, uriOf } from './policy-place';
import { createPolicyView, type PolicyView } from './policy-view';
import { POLICY_LANGUAGE } from './protocol';
import { viewOf, type ServerState } from './server-state';
import { fileFilter } from './settings';

const POLICY_NAME = /^\.srt-settings\.json$|\.srt\.json$/;
/** Somebody's collection of policies may be larger, but nobody looks at all of them at once. */
const MAX_POLICIES = 100;
/** A little above what is read of a policy, so that a larger one is seen to be too large. */
const MAX_BYTES = 5 * 1024 * 1024;
const NAMES_A_STEP = 5_000;

/** The uris of the policies of the workspace, open or not, and of other programs' settings that have policies in them. */
export async function policyUris({ trees, runtime, documents, settings }: ServerState, token: CancellationToken): Promise<string[]> {
  const found = new Set(documents.keys());
  for (const tree of trees.workspace) {
    const top = await tree.current();
    const isNamed = fileFilter(settings.files, tree.root, runtime.home);
    const isPolicy = (path: AbsolutePath, name: string): boolean => POLICY_NAME.test(name) || (name.endsWith('.json') && dialectOf(path) !== 'policy') || (settings.files.length > 0 && isNamed(path));
    let names = 0;
    for (const directory of top ? directoriesOf(top) : []) {
      for (const name of directory.files) if (found.size < MAX_POLICIES && isPolicy(pathIn(directory, name), name)) found.add(uriOf(pathIn(directory, name)));
      names += directory.files.size + 1;
      if (names < NAMES_A_STEP) continue;
      names = 0;
      await runtime.yield();
      if (token.isCancellationRequested) return [];
    }
  }
  return [...found];
}

/** Views of the policies of the workspace that can be read at all; closed ones as they are on disk. */
export async function workspacePolicies(state: ServerState, token: CancellationToken, uris?: readonly string[]): Promise<PolicyView[]> {
  const views: PolicyView[] = [];
  for (const uri of (uris ?? (await policyUris(state, token))).filter(isPolicyFile)) {
    const view = state.documents.get(uri) ? viewOf(state, uri) : await closedView(state, uri);
    if (view) views.push(view);
    if (token.isCancellationRequested) return [];
  }
  return views;
}

/** A closed policy, as it is on disk. Undefined: it cannot be read. */
export async function closedDocument({ runtime }: ServerState, uri: string): Promise<TextDocument | undefined> {
  const path = pathOf(uri);
  const text = path && (await runtime.readStart(path, MAX_BYTES));
  return text === undefined ? undefined : TextDocument.create(uri, POLICY_LANGUAGE, 0, text);
}

async function closedView(state: ServerState, uri: string): Promise<PolicyView | undefined> {
  const document = await closedDocument(state, uri);
  return document && createPolicyView({ document, checked: checkText(state, uri, document.getText()), place: placeOf(uri, state.client.folders, state.runtime), reported: () => state.violations.get(uri), exists: (path) => state.runtime.kindOf(path) !== 'missing' });
}

function* directoriesOf(top: TreeDirectory): Generator<TreeDirectory> {
  const rest = [top];
  for (let directory = rest.pop(); directory; directory = rest.pop()) {
    yield directory;
    rest.push(...directory.directories.values());
  }
}

/** Names come from the disk, so they need no normalizing. */
function pathIn({ path }: TreeDirectory, name: string): AbsolutePath {
  return (path === '/' ? `/${name}` : `${path}/${name}`) as AbsolutePath;
}
