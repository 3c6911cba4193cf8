import { containsPath, expandPath, isGlob, moveEntry, nodeAt, parentPointer, toPointer, type AbsolutePath, type PolicyPointer } from 'sandbox-core/policy';
import { findNodeAtOffset, getNodePath, getNodeValue, type Node } from 'jsonc-parser';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { CreateFile, TextDocumentEdit, type TextEdit, type WorkspaceEdit } from 'vscode-languageserver-types';

import type { PolicyPlace } from '../policy-place';
import type { PolicyView } from '../policy-view';
import { toRange } from './problems';
import { difference } from './text-difference';

const PATHS = /^\/filesystem\/(denyRead|allowRead|allowWrite|denyWrite)\/\d+$/;
const HOSTS = /^\/network\/(allowedDomains|deniedDomains)\/\d+$/;

/** Lists that are there, since the format wants them, and say nothing. */
const NEW_POLICY = JSON.stringify({ network: { allowedDomains: [], deniedDomains: [] }, filesystem: { denyRead: [], allowWrite: [], denyWrite: [] } }, null, 2) + '\n';

/** Another policy that a rule may go to. */
export interface MoveTarget {
  readonly path: AbsolutePath;
  readonly uri: string;
  /** Absent: the file is to be made. */
  readonly text?: string;
  readonly place: PolicyPlace;
  /** Used from everywhere, so that relative paths mean another file in each place. */
  readonly isShared: boolean;
}

/** The entry of an allow or deny list at a place of the text. */
export function movableEntry({ root }: PolicyView, offset: number): PolicyPointer | undefined {
  for (let at: Node | undefined = findNodeAtOffset(root, offset, true); at; at = at.parent) {
    const pointer = toPointer(getNodePath(at));
    if (at.parent?.type === 'array' && (PATHS.test(pointer) || HOSTS.test(pointer))) return pointer;
  }
  return undefined;
}

/** The entry as the other file has to spell it, to mean the same here. Undefined: it cannot be said there, or is none. */
export function valueInTarget({ root, place }: PolicyView, pointer: PolicyPointer, target: Pick<MoveTarget, 'place' | 'isShared'>): unknown {
  const node = nodeAt(root, pointer);
  const value: unknown = node && getNodeValue(node);
  if (HOSTS.test(pointer)) return typeof value === 'string' ? value : undefined;
  if (typeof value === 'string') return rebased(value, false, place, target);
  if (typeof value !== 'object' || value === null || !('path' in value) || typeof value.path !== 'string') return undefined;
  const path = rebased(value.path, true, place, target);
  return path === undefined ? undefined : { ...value, path };
}

function rebased(spelled: string, literal: boolean, from: PolicyPlace, { place, isShared }: Pick<MoveTarget, 'place' | 'isShared'>): string | undefined {
  if (/^(\/|~$|~\/)/.test(spelled) || (!isShared && place.base === from.base)) return spelled;
  // What is special in the folder's own name would become part of the pattern.
  if (!literal && isGlob(from.base)) return undefined;
  const path = expandPath(spelled, from);
  return containsPath(from.home, path) && path !== from.home && !(!literal && isGlob(from.home)) ? `~${path.slice(from.home.length)}` : path;
}

/** Undefined: the entry is gone. */
export function moveEdit(view: PolicyView, pointer: PolicyPointer, target: MoveTarget): WorkspaceEdit | undefined {
  const value = valueInTarget(view, pointer, target);
  if (value === undefined || !nodeAt(view.root, parentPointer(pointer))) return undefined;
  const before = target.text ?? '';
  const moved = moveEntry(view.syntax.text, pointer, target.text ?? NEW_POLICY, value);
  const there = edits(TextDocument.create(target.uri, view.document.languageId, 0, before), before, moved.target);
  const here = edits(view.document, view.syntax.text, moved.source);
  if (target.text !== undefined) return { changes: { [view.document.uri]: here, ...(there.length > 0 && { [target.uri]: there }) } };
  const editOf = (uri: string, changes: TextEdit[]): TextDocumentEdit => TextDocumentEdit.create({ uri, version: null }, changes);
  return { documentChanges: [CreateFile.create(target.uri, { overwrite: false, ignoreIfExists: false }), editOf(target.uri, there), editOf(view.document.uri, here)] };
}

function edits(document: TextDocument, before: string, after: string): TextEdit[] {
  if (before === after) return [];
  const edit = difference(before, after);
  return [{ range: toRange(document, edit), newText: edit.content }];
}
