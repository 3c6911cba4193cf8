import { decide, expandPath, isGlob, parseHostPattern, DENIED_DOMAIN, withoutSubtreeSuffix, type Decision, type PolicyRequest, type PolicyValue } from 'sandbox-core/policy';

import type { PolicyView } from '../policy-view';

/** The web's, where a rule holds for any port. */
const HTTPS_PORT = 443;
/** Stands for the names that a wildcard covers. */
const ANY_NAME = 'any-name';

/** What the policy says of the very thing that an entry names; undefined for patterns of paths, and while there are errors. */
export function decisionsAbout(view: PolicyView, value: PolicyValue): readonly { readonly request: PolicyRequest; readonly decision: Decision }[] {
  const policy = view.resolved();
  return policy ? requestsFor(view, value).map((request) => ({ request, decision: decide(policy, request) })) : [];
}

/** The entry of the same file that wins over this one for what this one names. */
export function overridingRule(view: PolicyView, value: PolicyValue): PolicyValue | undefined {
  const lists: Readonly<Record<string, PolicyRequest['kind']>> = { denyRead: 'read', allowRead: 'read', allowWrite: 'write', denyWrite: 'write', allowedDomains: 'connect', deniedDomains: 'connect' };
  const kind = lists[value.pointer.split('/')[2] ?? ''];
  const about = decisionsAbout(view, value).find(({ request }) => request.kind === kind);
  const winner = about?.decision.rule;
  if (winner?.kind !== 'policy' || winner.file !== undefined || winner.pointer === value.pointer || value.pointer.startsWith(winner.pointer + '/')) return undefined;
  const wantsAllow = value.pointer.split('/')[2]?.startsWith('allow') === true;
  if ((about?.decision.outcome === 'allow') === wantsAllow) return undefined;
  return view.values().find(({ pointer }) => pointer === winner.pointer || pointer === `${winner.pointer}/path`);
}

function requestsFor({ place }: PolicyView, { kind, text, literal }: PolicyValue): PolicyRequest[] {
  if (kind === 'path') {
    if (!literal && isGlob(text)) return [];
    const path = expandPath(literal ? text : withoutSubtreeSuffix(text), place);
    return [{ kind: 'read', path }, { kind: 'write', path }];
  }
  const result = parseHostPattern(text, DENIED_DOMAIN);
  if (!('pattern' in result) || result.pattern.host.kind === 'any') return [];
  const { host, port = HTTPS_PORT } = result.pattern;
  return [{ kind: 'connect', host: host.kind === 'exact' ? host.host : `${ANY_NAME}.${host.of}`, port }];
}
