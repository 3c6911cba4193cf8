import { describePointer, importPolicy, nodeAt, rangeOf, sortEntries, textEdits, toPointer, violationFixes, type Fix, type TextRange } from 'sandbox-core/policy';
import { findNodeAtOffset, getNodePath, type Edit, type Node } from 'jsonc-parser';
import { CodeActionKind, type CodeAction, type Diagnostic, type Range, type TextEdit, type WorkspaceEdit } from 'vscode-languageserver-types';
import type { TextDocument } from 'vscode-languageserver-textdocument';

import type { PolicyView } from '../policy-view';
import { fixAll } from './fix-all';
import { problemDiagnostics, toRange } from './problems';
import { violationDiagnostics, violationRange } from './violations';

/** Every fix that is safe to apply without a look; usable on save. */
export const FIX_ALL = `${CodeActionKind.SourceFixAll}.srt`;
/** Sorts every list and removes repeats; usable on save. */
export const SORT_LISTS = `${CodeActionKind.Source}.sortLists.srt`;

/** More fixes than this for one place are no help; a policy with thousands of faults has them all in one place. */
const MAX_FIXES = 50;
/** Lists whose order means nothing. */
const LISTS = /^\/(filesystem|network)\/\w+$/;

/** What `codeAction/resolve` needs to compute the edit of an action that concerns the whole file. */
interface DeferredAction {
  readonly uri: string;
}

/** @param only the kinds that the client asks for; all if absent */
export function codeActions(view: PolicyView, range: Range, only?: readonly string[]): CodeAction[] {
  const actions = [
    ...(isWanted(CodeActionKind.QuickFix, only) ? quickFixes(view, range) : []),
    ...(isWanted(CodeActionKind.RefactorRewrite, only) ? [...sortOneList(view, view.document.offsetAt(range.start)), ...limitPorts(view, view.document.offsetAt(range.start)), ...convert(view)] : []),
  ];
  const data: DeferredAction = { uri: view.document.uri };
  // On every cursor movement nobody wants the whole file worked through: those two are computed when they are chosen.
  const whole: CodeAction[] = [
    { title: 'Fix all safe problems', kind: FIX_ALL, data },
    { title: 'Sort all lists and remove repeats', kind: SORT_LISTS, data },
  ];
  return [...actions, ...whole.filter(({ kind }) => kind !== undefined && isWanted(kind, only))];
}

/** @param only a kind stands for those below it too; absent: all */
export function isWanted(kind: string, only?: readonly string[]): boolean {
  return only === undefined || only.some((wanted) => kind === wanted || kind.startsWith(wanted + '.'));
}

/** Adds the edit to an action that was listed without one. */
export function resolveCodeAction(action: CodeAction, viewOf: (uri: string) => PolicyView | undefined): CodeAction {
  const { uri } = (action.data ?? {}) as Partial<DeferredAction>; // ours comes back from the client; anything else has no uri
  const view = typeof uri === 'string' ? viewOf(uri) : undefined;
  if (!view || action.edit || (action.kind !== FIX_ALL && action.kind !== SORT_LISTS)) return action;
  const edits = action.kind === FIX_ALL ? fixAll(view) : sortLists(view);
  return { ...action, edit: workspaceEdit(view.document, edits) };
}

export function quickFixes({ document, syntax, problems, violations, place, exists }: PolicyView, range: Range): CodeAction[] {
  const wanted = { from: document.offsetAt(range.start), to: document.offsetAt(range.end) };
  const touches = ({ offset, length }: TextRange): boolean => offset <= wanted.to && offset + length >= wanted.from;
  const fromProblems = problems
    .filter((problem) => touches(problem.range))
    .flatMap((problem) => (problem.fixes ?? []).map((fix) => ({ fix, diagnostics: () => problemDiagnostics(document, [problem]) })));
  const fromViolations = violations()
    .filter((violation) => touches(violationRange(syntax, violation)))
    .slice(0, MAX_FIXES) // each is a look at the disk
    .flatMap((violation) => violationFixes(violation, { ...place, exists }).map((fix) => ({ fix, diagnostics: () => violationDiagnostics(document, syntax, [violation], place) })));
  return withoutRepeats([...fromProblems, ...fromViolations].slice(0, MAX_FIXES).map(({ fix, diagnostics }) => toAction(document, fix, diagnostics())));
}

function toAction(document: TextDocument, { title, edit, preferred }: Fix, diagnostics: Diagnostic[]): CodeAction {
  return { title, kind: CodeActionKind.QuickFix, diagnostics, isPreferred: preferred, edit: workspaceEdit(document, textEdits(document.getText(), edit)) };
}

function sortOneList(view: PolicyView, offset: number): CodeAction[] {
  const list = listAround(findNodeAtOffset(view.root, offset));
  const edits = list && sortEntries(view.syntax.text, list);
  if (!list || !edits) return [];
  return [{ title: `Sort ${describePointer(toPointer(getNodePath(list)))} and remove repeats`, kind: CodeActionKind.RefactorRewrite, edit: workspaceEdit(view.document, edits) }];
}

const WEB_PORTS = [80, 443];

/** An entry without a port means every port, SSH and databases included, which few policies intend. */
function limitPorts({ document, root, syntax }: PolicyView, offset: number): CodeAction[] {
  const list = listAround(findNodeAtOffset(root, offset));
  const pointer = toPointer(['network', 'defaultPorts']);
  if (!list || toPointer(getNodePath(list)) !== '/network/allowedDomains' || nodeAt(root, pointer)) return [];
  if (!list.children?.some(({ value }) => typeof value === 'string' && !/:\d+$/.test(value))) return [];
  const edits = textEdits(syntax.text, { kind: 'set', pointer, value: WEB_PORTS });
  return [{ title: 'Allow entries without a port on ports 80 and 443 only (network.defaultPorts)', kind: CodeActionKind.RefactorRewrite, edit: workspaceEdit(document, edits) }];
}

function sortLists(view: PolicyView): Edit[] {
  const blocks = ['filesystem', 'network'].flatMap((block) => nodeAt(view.root, `/${block}`)?.children ?? []);
  return blocks.flatMap(({ children }) => {
    const value = children?.[1];
    return value?.type === 'array' ? (sortEntries(view.syntax.text, value) ?? []) : [];
  });
}

/** The list that the node is, is in, or is the key of. */
function listAround(node: Node | undefined): Node | undefined {
  for (let at = node; at; at = at.parent) {
    const list = at.type === 'property' ? at.children?.[1] : at;
    if (list?.type === 'array') return LISTS.test(toPointer(getNodePath(list))) ? list : undefined;
  }
  return undefined;
}

/** Offered where the file is of another tool: its text, said in this format. Not preferred: somebody should read the notes. */
function convert(view: PolicyView): CodeAction[] {
  // Every other dialect has keys that ours does not.
  if (!view.problems.some(({ code }) => code === 'unknown-key')) return [];
  const converted = importPolicy(view.syntax.text);
  if (!converted) return [];
  const { dialect, policy, notes } = converted;
  const title = `Convert from ${dialect.description}${notes.length === 0 ? '' : ` (${notes.length} ${notes.length === 1 ? 'thing needs' : 'things need'} a look: ${notes[0]}${notes.length > 1 ? '; …' : ''})`}`;
  const content = JSON.stringify(policy, null, 2) + '\n';
  return [{ title, kind: CodeActionKind.RefactorRewrite, edit: workspaceEdit(view.document, [{ ...rangeOf({ ...view.root, offset: 0, length: view.syntax.text.length }), content }]) }];
}

function workspaceEdit(document: TextDocument, edits: readonly Edit[]): WorkspaceEdit {
  return { changes: { [document.uri]: edits.map(({ offset, length, content }): TextEdit => ({ range: toRange(document, { offset, length }), newText: content })) } };
}

/** Several violations of one rule offer the same removal. */
function withoutRepeats(actions: readonly CodeAction[]): CodeAction[] {
  return [...new Map(actions.map((action) => [`${action.title}\0${JSON.stringify(action.edit)}`, action])).values()];
}
