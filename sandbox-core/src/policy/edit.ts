import { applyEdits, findNodeAtLocation, modify, parseTree, type Edit, type FormattingOptions, type Node } from 'jsonc-parser';

import { cutEntries } from './cut-entries';
import { nodeAt, segmentsIn } from './parse';
import { toPointer, type PointerSegment } from './pointer';
import type { PolicyEdit } from './problem';

/** Text edits, by offset into the text they were computed for; they do not overlap. */
export function textEdits(text: string, edit: PolicyEdit): Edit[] {
  const formattingOptions = formattingOf(text);
  switch (edit.kind) {
    case 'replace-text':
      return [{ offset: edit.range.offset, length: edit.range.length, content: edit.text }];
    case 'rename-key':
      return renameKey(text, edit.pointer, edit.to);
    case 'remove':
      return remove(text, edit.pointer);
    case 'set':
      return set(text, edit.pointer, edit.value, formattingOptions);
    case 'append':
      return append(text, edit.pointer, edit.value, formattingOptions);
  }
}

/** The text after the edit; comments, order and layout of everything else stay. */
export function applyEdit(text: string, edit: PolicyEdit): string {
  return applyEdits(text, textEdits(text, edit));
}

/** jsonc-parser would take the comment of what stands in front, and leave that of what is removed. */
function remove(text: string, pointer: string): Edit[] {
  const root = parseTree(text);
  const found = root && nodeAt(root, pointer);
  const entry = found?.parent?.type === 'property' ? found.parent : found;
  return entry?.parent ? [...cutEntries(text, entry.parent, new Set([entry])).edits] : [];
}

function set(text: string, pointer: string, value: unknown, formattingOptions: FormattingOptions): Edit[] {
  const root = parseTree(text);
  const segments = segmentsIn(root, pointer);
  return isGivenTwice(root, segments) ? [] : modify(text, segments, value, { formattingOptions });
}

/** Whether jsonc-parser would change a value that does not count, since its key, or one around it, is given again. */
function isGivenTwice(root: Node | undefined, segments: readonly PointerSegment[]): boolean {
  return root !== undefined && segments.some((_, index) => nodeAt(root, toPointer(segments.slice(0, index + 1))) !== findNodeAtLocation(root, segments.slice(0, index + 1)));
}

function append(text: string, pointer: string, value: unknown, formattingOptions: FormattingOptions): Edit[] {
  const root = parseTree(text);
  const segments = segmentsIn(root, pointer);
  if (isGivenTwice(root, segments)) return [];
  const list = root && nodeAt(root, pointer);
  if (list?.type !== 'array') return modify(text, segments, [value], { formattingOptions });
  const count = list.children?.length ?? 0;
  return modify(text, [...segments, count], value, { formattingOptions, isArrayInsertion: true });
}

function renameKey(text: string, pointer: string, to: string): Edit[] {
  const root = parseTree(text);
  const key = root && nodeAt(root, pointer)?.parent?.children?.[0];
  return key ? [{ offset: key.offset, length: key.length, content: JSON.stringify(to) }] : [];
}

/** The file's own indentation, from its first indented line. */
function formattingOf(text: string): FormattingOptions {
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? '  ';
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  return { insertSpaces: !indent.startsWith('\t'), tabSize: indent.startsWith('\t') ? 4 : indent.length, eol };
}
