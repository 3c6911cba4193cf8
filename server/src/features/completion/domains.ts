import { canonicalHost, isAddress, knownHosts, type KnownHosts, type Violation } from 'sandbox-core/policy';
import { CompletionItemKind } from 'vscode-languageserver-types';

import type { ProjectHosts } from '../../files/project-hosts';
import type { ValuePlace } from './place';
import type { ValueItem, ValueList } from './value-items';

export interface DomainSources {
  readonly project: ProjectHosts;
  readonly violations: readonly Violation[];
  /** What the policy names already in any list. */
  readonly present: ReadonlySet<string>;
}

interface Suggestion {
  readonly text: string;
  readonly detail: string;
  readonly rank: number;
}

/** Said of a host that is known well, by whether the project uses it. */
const KNOWN = knownHosts.flatMap((set) => set.domains.map((text) => ({ set: set.name, used: { text, detail: set.name, rank: 2 }, unused: { text, detail: set.name, rank: 5 } })));
const FOR_DENYING: readonly Suggestion[] = [
  { text: '*', detail: 'every host', rank: 4 },
  { text: '*:22', detail: 'SSH to every host', rank: 4 },
];

/** What was refused first, then what the project uses, then sets of hosts that are often needed. */
export function domainCompletions(at: ValuePlace, { project, violations, present }: DomainSources): ValueList {
  const used = new Map(project.sets.map(({ set, file }) => [set.name, file]));
  const items = new Map<string, ValueItem>();
  const add = (suggestion: Suggestion): void => {
    if (!items.has(suggestion.text) && !present.has(suggestion.text)) items.set(suggestion.text, hostItem(at, suggestion));
  };
  for (const { host, count } of refusedHosts(violations)) add({ text: host, detail: `refused ${count} ${count === 1 ? 'time' : 'times'}`, rank: 0 });
  for (const { host, file } of project.named) add({ text: host, detail: `in ${file}`, rank: 1 });
  for (const known of KNOWN) add(used.has(known.set) ? known.used : known.unused);
  if (at.pointer.startsWith('/network/deniedDomains')) FOR_DENYING.forEach(add);
  const hosts = [...items.values()];
  const sets = at.isItem ? knownHosts.flatMap((set) => setItem(at, set, used.get(set.name), present)) : [];
  return { isIncomplete: false, range: at.inner ?? at.range, items: [...hosts, ...sets] };
}

/** Between quotes, a host is written as it is shown. */
function hostItem({ inner, separator }: ValuePlace, { text, detail, rank }: Suggestion): ValueItem {
  const item = { label: text, detail, kind: CompletionItemKind.Value, sortText: `${rank} ${text}` };
  if (inner) return item;
  const quoted = JSON.stringify(text);
  return { ...item, filterText: quoted, textEditText: quoted + separator };
}

/** The whole set at once, without what is there already. */
function setItem({ inner, separator }: ValuePlace, set: KnownHosts, usedBy: string | undefined, present: ReadonlySet<string>): ValueItem[] {
  const missing = set.domains.filter((domain) => !present.has(domain));
  if (missing.length === 0) return [];
  return [
    {
      label: set.name,
      detail: usedBy === undefined ? set.description : `used here: ${usedBy}`,
      data: set.name,
      kind: CompletionItemKind.Module,
      sortText: `${usedBy === undefined ? 4 : 1} ${set.name}`,
      filterText: `${inner ? '' : '"'}${set.name} ${missing.join(' ')}`,
      textEditText: inner ? missing.join('", "') : missing.map((domain) => JSON.stringify(domain)).join(', ') + separator,
    },
  ];
}

function refusedHosts(violations: readonly Violation[]): { host: string; count: number }[] {
  return violations.flatMap(({ kind, target, count }) => {
    const host = kind === 'network' ? canonicalHost(target.replace(/^\w+ \w+:\/\//, '').replace(/\/.*$/, '').replace(/:\d+$/, '')) : undefined;
    if (host === undefined) return [];
    return [{ host: isAddress(host) && host.includes(':') ? `[${host}]` : host, count }];
  });
}
