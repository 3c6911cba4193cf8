import { canonicalHost, isAddress, knownHosts, type KnownHosts, type Violation } from 'sandbox-core/policy';
import { CompletionItemKind, InsertTextFormat, type CompletionItem } from 'vscode-languageserver-types';

import type { ProjectHosts } from '../../files/project-hosts';
import type { ValuePlace } from './place';

export interface DomainSources {
  readonly project: ProjectHosts;
  readonly violations: readonly Violation[];
  /** What the policy names already in any list. */
  readonly present: ReadonlySet<string>;
}

/** What was refused first, then what the project uses, then sets of hosts that are often needed. */
export function domainCompletions(at: ValuePlace, { project, violations, present }: DomainSources): CompletionItem[] {
  const used = new Map(project.sets.map(({ set, file }) => [set.name, file]));
  const suggestions = [
    ...refusedHosts(violations).map(({ host, count }) => ({ text: host, detail: `refused ${count} ${count === 1 ? 'time' : 'times'}`, rank: 0 })),
    ...project.named.map(({ host, file }) => ({ text: host, detail: `in ${file}`, rank: 1 })),
    ...knownHosts.flatMap((set) => set.domains.map((domain) => ({ text: domain, detail: set.name, rank: used.has(set.name) ? 2 : 5 }))),
    ...(at.pointer.startsWith('/network/deniedDomains') ? [{ text: '*', detail: 'every host', rank: 4 }, { text: '*:22', detail: 'SSH to every host', rank: 4 }] : []),
  ];
  const distinct = [...new Map([...suggestions].reverse().map((suggestion) => [suggestion.text, suggestion])).values()].reverse();
  const single = distinct.filter(({ text }) => !present.has(text)).map((suggestion) => hostItem(at, suggestion));
  return at.isItem ? [...single, ...knownHosts.map((set) => setItem(at, set, used.get(set.name), present))].filter((item) => item !== undefined) : single;
}

function hostItem(at: ValuePlace, { text, detail, rank }: { readonly text: string; readonly detail: string; readonly rank: number }): CompletionItem {
  return { label: text, detail, kind: CompletionItemKind.Value, sortText: `${rank} ${text}`, filterText: JSON.stringify(text), textEdit: { range: at.range, newText: JSON.stringify(text) + at.separator } };
}

/** The whole set at once, without what is there already. */
function setItem(at: ValuePlace, set: KnownHosts, usedBy: string | undefined, present: ReadonlySet<string>): CompletionItem | undefined {
  const missing = set.domains.filter((domain) => !present.has(domain));
  if (missing.length === 0) return undefined;
  return {
    label: set.name,
    detail: usedBy === undefined ? set.description : `used here: ${usedBy}`,
    documentation: `${set.description}\n\n${missing.join('\n')}`,
    kind: CompletionItemKind.Module,
    sortText: `${usedBy === undefined ? 4 : 1} ${set.name}`,
    filterText: `"${set.name} ${missing.join(' ')}`,
    insertTextFormat: InsertTextFormat.PlainText,
    textEdit: { range: at.range, newText: missing.map((domain) => JSON.stringify(domain)).join(', ') + at.separator },
  };
}

function refusedHosts(violations: readonly Violation[]): { host: string; count: number }[] {
  return violations.flatMap(({ kind, target, count }) => {
    const host = kind === 'network' ? canonicalHost(target.replace(/^\w+ \w+:\/\//, '').replace(/\/.*$/, '').replace(/:\d+$/, '')) : undefined;
    if (host === undefined) return [];
    return [{ host: isAddress(host) && host.includes(':') ? `[${host}]` : host, count }];
  });
}
