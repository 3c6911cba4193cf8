import type { Violation } from 'sandbox-core/policy';
import type { Node } from 'jsonc-parser';
import type { CancellationToken } from 'vscode-languageserver';
import type { CompletionItem, CompletionList, Position } from 'vscode-languageserver-types';
import type { TextDocument } from 'vscode-languageserver-textdocument';

import type { ProjectHosts } from '../../files/project-hosts';
import type { JsonService } from '../../json-service';
import type { PolicyPlace } from '../../policy-place';
import type { Runtime } from '../../runtime';
import { domainCompletions } from './domains';
import { pathCompletions } from './paths';
import { valuePlaceAt, type ValuePlace } from './place';
import { longList, shortList, type ValueList } from './value-items';

/** An open policy, which may be empty or half written. */
export interface CompletionContext {
  readonly document: TextDocument;
  readonly place: PolicyPlace;
  readonly runtime: Runtime;
  readonly json: JsonService;
  readonly token: CancellationToken;
  /** Absent where nothing could be parsed. */
  readonly root?: Node;
  /** Whether the client knows lists that say once what their items replace. */
  readonly knowsEditRange: boolean;
  /** The hosts that the policy names already in any list. */
  hosts(): ReadonlySet<string>;
  violations(): readonly Violation[];
  projectHosts(): Promise<ProjectHosts>;
}

/** Keys and values by the schema; paths from the disk; domains from what the project uses. */
export async function complete(context: CompletionContext, position: Position): Promise<CompletionList> {
  const { document, json } = context;
  const at = valuePlaceAt(document, document.offsetAt(position), context.root);
  const own = at ? await valueCompletions(at, context) : undefined;
  // Inside of quotes only a path or a domain is wanted; outside, the schema may know more (a literal path).
  if (own && at?.isInside === true) return context.knowsEditRange ? shortList(own) : longList(own);
  if (context.token.isCancellationRequested) return { isIncomplete: false, items: [] };
  const general = await json.language.doComplete(document, position, json.parse(document));
  if (!own) return general ?? { isIncomplete: false, items: [] };
  const { isIncomplete, items } = longList(own);
  return { isIncomplete: isIncomplete || general?.isIncomplete === true, items: [...items, ...withoutRepeats(general?.items ?? [], items)] };
}

async function valueCompletions(at: ValuePlace, context: CompletionContext): Promise<ValueList> {
  if (at.kind === 'path') return pathCompletions(at, context.place, context.runtime);
  return domainCompletions(at, { project: await context.projectHosts(), violations: context.violations(), present: context.hosts() });
}

function withoutRepeats(items: readonly CompletionItem[], own: readonly CompletionItem[]): CompletionItem[] {
  const known = new Set(own.flatMap(({ label }) => [label, JSON.stringify(label)]));
  return items.filter(({ label }) => !known.has(label));
}
