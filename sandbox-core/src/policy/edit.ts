import { applyEdits, findNodeAtLocation, modify, parseTree, type Edit, type FormattingOptions } from 'jsonc-parser';

import { cutEntries } from './cut-entries';
import { segmentsIn } from './parse';
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
      return modify(text, segmentsIn(parseTree(text), edit.pointer), edit.value, { formattingOptions });
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
  const found = root && findNodeAtLocation(root, segmentsIn(root, pointer));
  const entry = found?.parent?.type === 'property' ? found.parent : found;
  return entry?.parent ? [...cutEntries(text, entry.parent, new Set([entry])).edits] : [];
}

function append(text: string, pointer: string, value: unknown, formattingOptions: FormattingOptions): Edit[] {
  const root = parseTree(text);
  const segments = segmentsIn(root, pointer);
  const list = root && findNodeAtLocation(root, segments);
  if (list?.type !== 'array') return modify(text, segments, [value], { formattingOptions });
  const count = list.children?.length ?? 0;
  return modify(text, [...segments, count], value, { formattingOptions, isArrayInsertion: true });
}

function renameKey(text: string, pointer: string, to: string): Edit[] {
  const root = parseTree(text);
  const key = root && findNodeAtLocation(root, segmentsIn(root, pointer))?.parent?.children?.[0];
  return key ? [{ offset: key.offset, length: key.length, content: JSON.stringify(to) }] : [];
}

/** The file's own indentation, from its first indented line. */
function formattingOf(text: string): FormattingOptions {
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? '  ';
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  return { insertSpaces: !indent.startsWith('\t'), tabSize: indent.startsWith('\t') ? 4 : indent.length, eol };
}
