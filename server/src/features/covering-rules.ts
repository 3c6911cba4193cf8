import { decide, expandPath, printable, type AbsolutePath, type Decision, type PolicyRequest } from 'sandbox-core/policy';

import type { PolicyView } from '../policy-view';
import type { CoveringRule, CoveringRulesResult } from '../protocol';
import type { Runtime } from '../runtime';
import { locationOfRule } from './rule-location';

const HTTPS_PORT = 443;

/** What the policy says of one file or host: what was asked from any file, or typed. Undefined while the policy has errors. */
export async function coveringRules(view: PolicyView, target: { readonly path?: string; readonly host?: string }, runtime: Runtime): Promise<CoveringRulesResult | undefined> {
  const policy = view.resolved();
  if (!policy) return undefined;
  const requests = target.path !== undefined ? await pathRequests(expandPath(target.path, view.place), runtime) : target.host !== undefined ? hostRequests(target.host) : [];
  return { rules: requests.map((request) => coveringRule(view, request.kind, decide(policy, request))) };
}

/** The rules hold for what a path leads to. */
async function pathRequests(path: AbsolutePath, runtime: Runtime): Promise<PolicyRequest[]> {
  const canonical = (await runtime.inspect(path))?.canonical ?? path;
  return [{ kind: 'read', path: canonical }, { kind: 'write', path: canonical }];
}

function hostRequests(target: string): PolicyRequest[] {
  const { address, name, port } = /^(?:\[(?<address>[^\]]+)\]|(?<name>[^:]+))(?::(?<port>\d{1,5}))?$/.exec(target)?.groups ?? {};
  return [{ kind: 'connect', host: address ?? name ?? target, port: Number(port ?? HTTPS_PORT) }];
}

function coveringRule(view: PolicyView, operation: PolicyRequest['kind'], { outcome, rule, reason, overridden }: Decision): CoveringRule {
  const location = locationOfRule(view, rule);
  return { operation, outcome, reason: printable(reason, 300), ...(location && { location }), overridden: overridden.flatMap((other) => locationOfRule(view, other) ?? []) };
}
