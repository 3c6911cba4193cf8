import { decide, DENIED_DOMAIN, entryPath, isGlob, parseHostPattern, type Decision, type PolicyRequest, type PolicyValue, type RuleReference } from 'sandbox-core/policy';

import type { PolicyView } from '../policy-view';

type OverridingRule = Extract<RuleReference, { kind: 'policy' }>;

/** The web's, where a rule holds for any port. */
const HTTPS_PORT = 443;
/** Stands for the names that a wildcard covers. */
const ANY_NAME = 'any-name';

/** What the policy says of the very thing that an entry names; undefined for patterns of paths, and while there are errors. */
export function decisionsAbout(view: PolicyView, value: PolicyValue): readonly { readonly request: PolicyRequest; readonly decision: Decision }[] {
  const policy = view.resolved();
  return policy ? requestsFor(view, value).map((request) => ({ request, decision: decide(policy, request) })) : [];
}

/** The rule that wins over an entry for what the entry names; it may stand in a file that the policy extends. */
export function overridingReference(view: PolicyView, value: PolicyValue): OverridingRule | undefined {
  const lists: Readonly<Record<string, PolicyRequest['kind']>> = { denyRead: 'read', allowRead: 'read', allowWrite: 'write', denyWrite: 'write', allowedDomains: 'connect', deniedDomains: 'connect' };
  const list = value.pointer.split('/')[2] ?? '';
  const about = decisionsAbout(view, value).find(({ request }) => request.kind === lists[list]);
  const winner = about?.decision.rule;
  if (winner?.kind !== 'policy') return undefined;
  if (winner.file === undefined && (winner.pointer === value.pointer || value.pointer.startsWith(winner.pointer + '/'))) return undefined;
  const wantsAllow = list.startsWith('allow');
  return (about?.decision.outcome === 'allow') === wantsAllow ? undefined : winner;
}

/** The same, as an entry of the same file. */
export function overridingRule(view: PolicyView, value: PolicyValue): PolicyValue | undefined {
  const winner = overridingReference(view, value);
  return winner && winner.file === undefined ? view.values().find(({ pointer }) => pointer === winner.pointer || pointer === `${winner.pointer}/path`) : undefined;
}

function requestsFor({ place }: PolicyView, { kind, text, literal }: PolicyValue): PolicyRequest[] {
  if (kind === 'path') {
    if (!literal && isGlob(text)) return [];
    const path = entryPath(text, literal, place);
    return [{ kind: 'read', path }, { kind: 'write', path }];
  }
  const result = parseHostPattern(text, DENIED_DOMAIN);
  if (!('pattern' in result) || result.pattern.host.kind === 'any') return [];
  const { host, port = HTTPS_PORT } = result.pattern;
  return [{ kind: 'connect', host: host.kind === 'exact' ? host.host : `${ANY_NAME}.${host.of}`, port }];
}
