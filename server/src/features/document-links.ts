import { entryPath, isGlob, type AbsolutePath, type PolicyValue } from 'sandbox-core/policy';
import type { CancellationToken } from 'vscode-languageserver';
import type { DocumentLink } from 'vscode-languageserver-types';

import type { PolicyView } from '../policy-view';
import type { Runtime } from '../runtime';
import { toRange } from './problems';
import { uriOf } from '../policy-place';

/** Each is looked up on disk. */
const MAX_LINKS = 500;
const LOOKED_UP_AT_ONCE = 16;

/** A link from every path that is a file; an editor cannot open a directory. */
export async function documentLinks(view: PolicyView, runtime: Runtime, token: CancellationToken): Promise<DocumentLink[]> {
  const paths = view.values().filter(({ kind, text, literal }) => kind === 'path' && (literal || !isGlob(text))).slice(0, MAX_LINKS);
  const links: DocumentLink[] = [];
  for (let at = 0; at < paths.length && !token.isCancellationRequested; at += LOOKED_UP_AT_ONCE)
    links.push(...(await Promise.all(paths.slice(at, at + LOOKED_UP_AT_ONCE).map((value) => linkOf(view, value, runtime)))).flat());
  return links;
}

async function linkOf(view: PolicyView, value: PolicyValue, runtime: Runtime): Promise<DocumentLink[]> {
  const path: AbsolutePath = entryPath(value.text, value.literal, view.place);
  if ((await runtime.inspect(path))?.kind !== 'file') return [];
  return [{ range: toRange(view.document, { offset: value.node.offset + 1, length: value.node.length - 2 }), target: uriOf(path) }];
}
