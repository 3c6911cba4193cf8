import { findNodeAtOffset } from 'jsonc-parser';
import type { FormattingOptions, TextEdit } from 'vscode-languageserver-types';

import type { JsonService } from '../json-service';
import type { PolicyView } from '../policy-view';
import { toRange } from './problems';

/** After a closing bracket its block is laid out; after a new line between two entries, the comma that they lack is added. */
export function onTypeFormatting(view: PolicyView, offset: number, typed: string, options: FormattingOptions, json: JsonService): TextEdit[] {
  if (typed === '\n') return missingComma(view, offset);
  if (view.problems.some(({ code }) => code === 'json-syntax')) return [];
  const block = findNodeAtOffset(view.root, offset - 1);
  if (block?.type !== 'object' && block?.type !== 'array') return [];
  return json.language.format(view.document, toRange(view.document, block), options);
}

function missingComma({ document, syntax: { text } }: PolicyView, offset: number): TextEdit[] {
  const before = /(["\]}\w])\s*$/.exec(text.slice(Math.max(0, offset - 200), offset));
  const startsEntry = /^\s*["{[\d]/.test(text.slice(offset, offset + 200));
  if (!before || !startsEntry) return [];
  const end = offset - before[0].length + 1;
  // Inside of a string nothing is missing.
  const lacksComma = !isInsideString(text, end - 1);
  return lacksComma ? [{ range: toRange(document, { offset: end, length: 0 }), newText: ',' }] : [];
}

/** Whether the character stands in a text whose quotes are further out; strings of JSON end with their line. */
function isInsideString(text: string, at: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, at + 1);
  return (line.replace(/\\./g, '').match(/"/g)?.length ?? 0) % 2 === 1;
}
