import { canonicalHost, DENIED_DOMAIN, describePointer, entryPath, isAddress, parseHostPattern, toPathPattern, type PolicyValue, type RuleReference } from 'sandbox-core/policy';

import { countFiles, type CountContext, type FileCount } from '../files/count-files';
import { shownPath } from '../policy-place';
import type { PolicyView } from '../policy-view';
import { decisionsAbout, overridingRule } from './deciding-rule';
import { codeSpan } from './markdown';

/** What a path or a domain of a policy comes to, here and now, as lines of Markdown. */
export async function valueFacts(view: PolicyView, value: PolicyValue, context: CountContext): Promise<string[]> {
  const about = value.kind === 'path' ? await pathFacts(view, value, context) : domainFacts(value.text);
  return [...about, ...decisionFacts(view, value)];
}

/** `12 files`, `at least 2000 files`, `no such file`. */
export function describeCount({ files, isAtLeast, kind }: FileCount): string {
  if (kind === 'missing') return 'no such file';
  if (kind === 'file') return 'a file';
  if (isAtLeast) return files === 0 ? 'a directory' : `at least ${files} files`;
  return files === 0 ? 'no files' : `${files} ${files === 1 ? 'file' : 'files'}`;
}

async function pathFacts({ place }: PolicyView, { text, literal }: PolicyValue, context: CountContext): Promise<string[]> {
  const path = entryPath(text, literal, place);
  const pattern = toPathPattern(path, literal);
  const [count, found] = await Promise.all([countFiles(pattern, context), pattern.kind === 'literal' ? context.runtime.inspect(path) : undefined]);
  const link = found && found.canonical !== path ? [`Leads to ${codeSpan(shownPath(found.canonical, place))}`] : [];
  const examples = (count?.examples ?? []).map((example) => codeSpan(shownPath(example, place))).join(', ');
  return [`Here: ${codeSpan(shownPath(path, place))}${count ? ` (${describeCount(count)})` : ''}`, ...link, ...(examples === '' ? [] : [`For instance ${examples}`])];
}

function domainFacts(text: string): string[] {
  const result = parseHostPattern(text, DENIED_DOMAIN);
  if ('error' in result) return [`Not a host: ${result.error}`];
  if ('inert' in result) return [`Matches nothing: ${result.inert}`];
  const { host, port } = result.pattern;
  const on = port === undefined ? 'on every port' : `on port ${port}`;
  if (host.kind === 'any') return [`Every host, ${on}`];
  if (host.kind === 'subdomains') return [`Every name below ${codeSpan(host.of)}, ${on}; not ${codeSpan(host.of)} itself`];
  const canonical = canonicalHost(host.host);
  return [canonical !== undefined && isAddress(canonical) ? `The address ${codeSpan(host.host)}, ${on}` : `Only ${codeSpan(host.host)}, ${on}; not the names below it`];
}

const VERBS = { read: 'Reading', write: 'Writing', connect: 'Connecting', resolve: 'Looking up', socket: 'Using the socket' } as const;

/** Reasons quote entries, so they are shown as text, never as Markdown. */
function decisionFacts(view: PolicyView, value: PolicyValue): string[] {
  const decided = decisionsAbout(view, value).map(({ request, decision }) => `${VERBS[request.kind]}: **${decision.outcome === 'allow' ? 'allowed' : 'denied'}** — ${codeSpan(decision.reason)}${origin(decision.rule)}`);
  const by = overridingRule(view, value);
  return by ? [...decided, `Overridden by ${codeSpan(by.text)} in ${codeSpan(describePointer(by.pointer))}`] : decided;
}

/** Where a rule stands that is not in the file that is looked at. */
function origin(rule: RuleReference): string {
  return rule.kind === 'policy' && rule.file !== undefined ? ` (from ${codeSpan(rule.file)})` : '';
}
