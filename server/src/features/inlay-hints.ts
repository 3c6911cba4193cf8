import { entryPath, printable, toPathPattern, type PolicyValue } from 'sandbox-core/policy';
import { InlayHintKind, type InlayHint, type Range } from 'vscode-languageserver';

import { countFiles, type CountContext } from '../files/count-files';
import type { PolicyView } from '../policy-view';
import { describeCount } from './value-facts';

/** An editor asks for what it shows; more than this is no screen. */
const MAX_HINTS = 300;

/** Behind each path: where a leading `~` leads, and how many files the path covers. */
export async function inlayHints(view: PolicyView, range: Range, context: CountContext): Promise<InlayHint[]> {
  const from = view.document.offsetAt(range.start);
  const to = view.document.offsetAt(range.end);
  const shown = view.values().filter(({ kind, node }) => kind === 'path' && node.offset <= to && node.offset + node.length >= from).slice(0, MAX_HINTS);
  const hints: InlayHint[] = [];
  for (const value of shown) {
    if (context.token.isCancellationRequested) return [];
    const label = await labelOf(view, value, context);
    if (label !== '') hints.push({ position: view.document.positionAt(value.node.offset + value.node.length), label, kind: InlayHintKind.Parameter, paddingLeft: true });
  }
  return hints;
}

async function labelOf({ place }: PolicyView, { text, literal }: PolicyValue, context: CountContext): Promise<string> {
  const path = entryPath(text, literal, place);
  const count = await countFiles(toPathPattern(path, literal), context);
  const home = /^~(\/|$)/.test(text) ? printable(path) : '';
  return [home, count ? describeCount(count) : ''].filter((part) => part !== '').join(' · ');
}
