import { canonicalHost } from './host-name';
import { ALLOWED_DOMAIN, matchesHost, parseHostPattern, type HostPattern } from './host-pattern';
import { printable } from './parse';
import { describePointer, toPointer, type PolicyPointer } from './pointer';
import type { Policy } from './policy.generated';
import type { Decision } from './decide';
import type { RuleReference } from './resolve';
import { matchesWildcard, normalizeRequestPath } from './request-path';

/** An entry of `network.requests`: a rule for single HTTP requests to hosts that may be connected to. */
export interface RequestRule {
  readonly pattern: HostPattern;
  readonly action: 'allow' | 'deny';
  /** Upper case; undefined for any. */
  readonly methods: readonly string[] | undefined;
  /** Patterns over the path without its query; undefined for any. */
  readonly paths: readonly string[] | undefined;
  readonly reason: string | undefined;
  readonly rule: RuleReference;
}

/** One HTTP request in question. `path` as in the request line, with its query. */
export interface RequestInQuestion {
  readonly host: string;
  readonly port: number;
  readonly method: string;
  readonly path: string;
}

export function requestRules(policy: Policy, referTo: (pointer: PolicyPointer) => RuleReference): RequestRule[] {
  return (policy.network.requests ?? []).flatMap((entry, index): RequestRule[] => {
    const parsed = parseHostPattern(entry.host, ALLOWED_DOMAIN);
    if (!('pattern' in parsed)) return [];
    return [
      {
        pattern: parsed.pattern,
        action: entry.action ?? 'allow',
        methods: entry.methods?.map((method) => method.toUpperCase()),
        paths: entry.paths,
        reason: entry.reason,
        rule: referTo(toPointer(['network', 'requests', index])),
      },
    ];
  });
}

/** The rules for requests to a host. With none, every request to it is as good as another. */
export function requestRulesFor(rules: readonly RequestRule[], requested: string, port: number): readonly RequestRule[] {
  const host = canonicalHost(requested);
  return host === undefined ? [] : rules.filter(({ pattern }) => matchesHost(pattern, host, port));
}

/**
 * Denied beats allowed. Once a rule allows something for a host, whatever no rule allows for it is denied; a host that only
 * has denying rules keeps everything else.
 */
export function decideRequest(rules: readonly RequestRule[], request: RequestInQuestion): Decision {
  const forHost = requestRulesFor(rules, request.host, request.port);
  const matching = forHost.filter((rule) => matchesRequest(rule, request));
  const denied = matching.find(({ action }) => action === 'deny');
  const allowed = matching.find(({ action }) => action === 'allow');
  if (denied) return { outcome: 'deny', rule: denied.rule, reason: denied.reason ?? describeRule('denied', denied), overridden: allowed ? [allowed.rule] : [] };
  if (allowed) return { outcome: 'allow', rule: allowed.rule, reason: describeRule('allowed', allowed), overridden: [] };
  const needsAllow = forHost.some(({ action }) => action === 'allow');
  return {
    outcome: needsAllow ? 'deny' : 'allow',
    rule: { kind: 'default', pointer: toPointer(['network', 'requests']) },
    reason: needsAllow ? `no rule of network.requests allows ${printable(request.method, 32)} ${printable(withoutQuery(request.path), 200)} there` : 'no rule of network.requests is about it',
    overridden: [],
  };
}

/** A server may see more in a path than its spelling: a deny also holds for the other readings, an allow only for the path as it is. */
function matchesRequest({ action, methods, paths }: RequestRule, { method, path }: RequestInQuestion): boolean {
  if (methods !== undefined && !methods.includes(method.toUpperCase())) return false;
  if (paths === undefined) return true;
  const spelled = normalizeRequestPath(withoutQuery(path));
  const readings = action === 'deny' ? readingsOf(spelled) : [spelled];
  return paths.some((pattern) => readings.some((reading) => matchesWildcard(pattern, reading)));
}

/** With its escapes undone, the parameters of its segments (`;v=1`) dropped, and its separators as single slashes. */
function readingsOf(spelled: string): string[] {
  const readings = [spelled, decoded(spelled)].flatMap((path) => [path, path.replace(/;[^/\\]*/g, '')]);
  return [...new Set(readings.flatMap((path) => [path, path.replace(/[/\\]+/g, '/')]))];
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path.replace(/%([0-9A-F]{2})/g, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))); // it is not UTF-8
  }
}

function withoutQuery(path: string): string {
  return path.replace(/[?#].*$/s, '');
}

function describeRule(verb: string, { rule }: RequestRule): string {
  return `${verb} by ${rule.kind === 'built-in' ? rule.name : describePointer(rule.pointer)}`; // set above
}
