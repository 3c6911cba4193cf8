import type { PolicyValue } from 'sandbox-core/policy';
import { SemanticTokensBuilder, type Range, type SemanticTokens, type SemanticTokensLegend } from 'vscode-languageserver';

import type { PolicyView } from '../policy-view';

/** Names of LSP, so that every theme has colors for them. */
const TYPES = ['operator', 'variable', 'namespace', 'number'] as const;
type TokenType = (typeof TYPES)[number];

export const SEMANTIC_TOKENS_LEGEND: SemanticTokensLegend = { tokenTypes: [...TYPES], tokenModifiers: [] };

interface Part {
  readonly start: number;
  readonly length: number;
  readonly type: TokenType;
}

/** The parts of paths and domains that are more than text: `~`, wildcards, sets, labels, ports. */
export function semanticTokens(view: PolicyView, range?: Range): SemanticTokens {
  const builder = new SemanticTokensBuilder();
  const from = range ? view.document.offsetAt(range.start) : 0;
  const to = range ? view.document.offsetAt(range.end) : Infinity;
  for (const value of view.values()) {
    if (value.node.offset + value.node.length < from || value.node.offset > to) continue;
    // Escapes would shift every column behind them.
    const spelled = view.syntax.text.slice(value.node.offset + 1, value.node.offset + value.node.length - 1);
    if (spelled !== value.text) continue;
    const { line, character } = view.document.positionAt(value.node.offset + 1);
    for (const { start, length, type } of partsOf(value)) builder.push(line, character + start, length, TYPES.indexOf(type), 0);
  }
  return builder.build();
}

function partsOf({ kind, text, literal }: PolicyValue): Part[] {
  if (kind === 'domain') return domainParts(text);
  const home: Part[] = /^~(\/|$)/.test(text) ? [{ start: 0, length: 1, type: 'variable' }] : [];
  return literal ? home : [...home, ...found(text, /\*+|\?|\[[^\]]+\]/g, 'operator')];
}

function domainParts(text: string): Part[] {
  const port = /:\d+$/.exec(text);
  const host = port ? text.slice(0, port.index) : text;
  if (host.startsWith('[')) return port ? [{ start: port.index + 1, length: port[0].length - 1, type: 'number' }] : [];
  const labels = found(host, /[^.*]+/g, 'namespace');
  const parts = [...found(host, /\*/g, 'operator'), ...labels];
  return port ? [...parts, { start: port.index + 1, length: port[0].length - 1, type: 'number' }] : parts;
}

function found(text: string, expression: RegExp, type: TokenType): Part[] {
  return [...text.matchAll(expression)].map((match) => ({ start: match.index, length: match[0].length, type }));
}
