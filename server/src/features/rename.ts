import { ALLOWED_DOMAIN, DENIED_DOMAIN, parseHostPattern, printable, type PolicyValue } from 'sandbox-core/policy';
import { LSPErrorCodes, ResponseError } from 'vscode-languageserver';
import type { Range, TextEdit, WorkspaceEdit } from 'vscode-languageserver-types';

import type { PolicyView } from '../policy-view';
import { occurrences } from './occurrences';
import { toRange } from './problems';

/** The text between the quotes. Undefined: nothing here names a file or a host. */
export function prepareRename(view: PolicyView, offset: number): { readonly range: Range; readonly placeholder: string } | undefined {
  const value = view.valueAt(offset);
  if (!value) return undefined;
  const { node, text } = value;
  return { range: toRange(view.document, { offset: node.offset + 1, length: Math.max(0, node.length - 2) }), placeholder: text };
}

/** Renames a path or a domain in every list that has it. Refuses a name that could not stand there. */
export function rename(view: PolicyView, offset: number, newName: string): WorkspaceEdit | undefined {
  const values = occurrences(view, offset);
  const fault = values.map((value) => faultOf(value, newName)).find((found) => found !== undefined);
  if (fault !== undefined) throw new ResponseError(LSPErrorCodes.RequestFailed, `"${printable(newName)}" cannot be used here: ${fault}`);
  const edits = values.map(({ node }): TextEdit => ({ range: toRange(view.document, node), newText: JSON.stringify(newName) }));
  return edits.length === 0 ? undefined : { changes: { [view.document.uri]: edits } };
}

function faultOf({ kind, pointer }: PolicyValue, name: string): string | undefined {
  if (kind === 'path') return name === '' ? 'a path cannot be empty' : name.includes('\0') ? 'a path cannot have a NUL character' : undefined;
  const result = parseHostPattern(name, pointer.startsWith('/network/denied') ? DENIED_DOMAIN : { ...ALLOWED_DOMAIN, ports: pointer.startsWith('/network/allowed') });
  return 'error' in result ? result.error : undefined;
}
