import { containsPath, extendsFiles, joinPath, parentPath, printable, validatePolicy, type AbsolutePath } from 'sandbox-core/policy';
import { CodeActionKind, type CodeAction } from 'vscode-languageserver-types';

import { DEFAULT_POLICY } from './check-document';
import { composedPolicy, readPolicy } from './composed-policy';
import { moveEdit, movableEntry, valueInTarget, type MoveTarget } from './features/move-rule';
import { pathOf, placeOf, uriOf } from './policy-place';
import type { PolicyView } from './policy-view';
import type { ServerState } from './server-state';

/** More files than this are no menu. */
const MAX_TARGETS = 8;

interface MoveData {
  readonly uri: string;
  readonly offset: number;
  readonly moveTo: AbsolutePath;
}

/** Moves of the rule at the offset to the user's policy, the workspace's, and those that this one extends. Never preferred: who is bound by a rule changes. */
export async function moveActions(state: ServerState, view: PolicyView, offset: number): Promise<CodeAction[]> {
  const pointer = movableEntry(view, offset);
  if (pointer === undefined) return [];
  const targets = (await moveTargets(state, view)).filter((target) => valueInTarget(view, pointer, target) !== undefined);
  return targets.map((target) => {
    const data: MoveData = { uri: view.document.uri, offset, moveTo: target.path };
    return { title: `Move to ${target.text === undefined ? 'a new ' : ''}${describe(state, target.path)}`, kind: CodeActionKind.RefactorMove, data };
  });
}

/** Adds the edit to a move that was listed without one; anything else comes back as it is. */
export async function resolveMove(state: ServerState, action: CodeAction, viewOf: (uri: string) => PolicyView | undefined): Promise<CodeAction> {
  const { uri, offset, moveTo } = (action.data ?? {}) as Partial<MoveData>; // ours comes back from the client; anything else has no target
  const view = typeof uri === 'string' ? viewOf(uri) : undefined;
  if (action.edit || !view || typeof offset !== 'number' || moveTo === undefined) return action;
  const pointer = movableEntry(view, offset);
  const target = (await moveTargets(state, view)).find(({ path }) => path === moveTo);
  const edit = pointer !== undefined && target && moveEdit(view, pointer, target);
  return edit ? { ...action, edit } : action;
}

async function moveTargets(state: ServerState, view: PolicyView): Promise<MoveTarget[]> {
  const { home, base, file } = view.place;
  if (file === undefined) return [];
  const users = joinPath(home, DEFAULT_POLICY);
  const paths = [...new Set([users, joinPath(base, DEFAULT_POLICY), ...(await extendedFiles(state, view))])];
  const own = (await state.runtime.inspect(file))?.canonical ?? file;
  const found = await Promise.all(paths.filter((path) => path !== file).slice(0, MAX_TARGETS).map((path) => moveTarget(state, path, { users, own })));
  return found.flatMap((target) => target ?? []);
}

/** A file that is no valid policy is not written to. A new workspace policy would be used instead of the user's, so only the user's is made. */
async function moveTarget(state: ServerState, path: AbsolutePath, { users, own }: { readonly users: AbsolutePath; readonly own: AbsolutePath }): Promise<MoveTarget | undefined> {
  const { documents, runtime, client } = state;
  const uri = documents.all().find((document) => pathOf(document.uri) === path)?.uri ?? uriOf(path);
  const target = { path, uri, place: placeOf(uri, client.folders, runtime), isShared: path === users };
  const read = await readPolicy(state, path);
  if ('text' in read) return read.path !== own && validatePolicy(read.text, { errorsOnly: true }).policy ? { ...target, text: read.text } : undefined;
  const canBeMade = path === users && client.createsFiles && !documents.get(uri) && runtime.kindOf(path) === 'missing' && runtime.kindOf(parentPath(path)) === 'directory';
  return canBeMade ? target : undefined;
}

async function extendedFiles(state: ServerState, view: PolicyView): Promise<AbsolutePath[]> {
  if (!extendsFiles(view.syntax)) return [];
  const composed = await composedPolicy(state, view.document.uri);
  return 'problems' in composed ? [] : composed.texts.sources.flatMap(({ path }) => path ?? []);
}

function describe({ client, runtime }: ServerState, path: AbsolutePath): string {
  const folder = client.folders.find((candidate) => containsPath(candidate, path));
  if (folder !== undefined) return `${printable(path.slice(folder.length + 1), 200)} of the workspace`;
  return printable(containsPath(runtime.home, path) ? `~${path.slice(runtime.home.length)}` : path, 200);
}
