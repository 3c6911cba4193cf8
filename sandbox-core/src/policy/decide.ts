import { parentPath, type AbsolutePath } from './absolute-path';
import { DEFAULT_READ_POINTER } from './default-read';
import { canonicalHost, type CanonicalHost } from './host-name';
import { describePointer, toPointer } from './pointer';
import { printable } from './parse';
import { layerOf, type HostRule, type PathRule, type ResolvedPolicy, type RuleReference } from './resolve';
import type { PathMatch, PortInQuestion } from './rule-index';
import { decideSocket } from './unix-sockets';

export type PolicyRequest =
  | { readonly kind: 'read'; readonly path: AbsolutePath }
  | { readonly kind: 'write'; readonly path: AbsolutePath }
  /** `host` as the program spelled it: a name or an address, IPv6 with or without brackets. */
  | { readonly kind: 'connect'; readonly host: string; readonly port: number }
  /** A Unix socket that a program outside of the sandbox listens on. */
  | { readonly kind: 'socket'; readonly path: AbsolutePath }
  /** A name lookup: allowed if some port of the host may be connected to. */
  | { readonly kind: 'resolve'; readonly host: string };

/**
 * @property rule what decided
 * @property reason one sentence for people
 * @property overridden rules that cover the target too and lost, the most specific first
 */
export interface Decision {
  readonly outcome: 'allow' | 'deny';
  readonly rule: RuleReference;
  readonly reason: string;
  readonly overridden: readonly RuleReference[];
}

/**
 * The one place where a policy's lists are weighed against each other; launching, explaining and reporting all ask here.
 *
 * @param policy paths are compared as given: the caller has followed symbolic links
 */
export function decide(policy: ResolvedPolicy, request: PolicyRequest): Decision {
  switch (request.kind) {
    case 'read':
      return decideRead(policy, request.path);
    case 'write':
      return decideWrite(policy, request.path);
    case 'connect':
      return decideHost(policy, request.host, request.port);
    case 'socket':
      return decideSocket(policy.network.unixSockets, request.path);
    case 'resolve':
      return decideHost(policy, request.host, undefined);
  }
}

const READABLE = 'reading is allowed unless denyRead names it';

/** Lists that would have to name the target, where no rule does. */
const UNNAMED = {
  read: { kind: 'default', pointer: toPointer(['filesystem', 'denyRead']) },
  write: { kind: 'default', pointer: toPointer(['filesystem', 'allowWrite']) },
  host: { kind: 'default', pointer: toPointer(['network', 'allowedDomains']) },
} as const satisfies Readonly<Record<string, RuleReference>>;

/** Everything may be read, except below denyRead, except below a more (or equally) specific allowRead or allowWrite. */
function decideRead(policy: ResolvedPolicy, path: AbsolutePath): Decision {
  const { disabled, index } = policy.filesystem;
  if (disabled) return filesystemDisabled();
  const denied = index.matches('denyRead', path);
  if (denied.length === 0) return { outcome: 'allow', rule: UNNAMED.read, reason: READABLE, overridden: [] };
  // srt on Linux: a writable path below a denied one is readable again too.
  const allowed = [...index.matches('allowRead', path), ...index.matches('allowWrite', path)].sort((a, b) => b.depth - a.depth);
  const lifts = (allow: PathMatch, deny: PathMatch): boolean => !deny.rule.final && allow.depth >= deny.depth && ofOneLayer(allow.rule, deny.rule);
  const deny = denied.find((match) => match.rule.final) ?? denied.find((match) => !allowed.some((allow) => lifts(allow, match)));
  const allow = allowed[0];
  if (deny) return decision('deny', deny.rule, allowed);
  return allow ? decision('allow', allow.rule, denied) : { outcome: 'allow', rule: UNNAMED.read, reason: READABLE, overridden: [] };
}

/** Nothing may be written, except below allowWrite, except below denyWrite: a write deny wins however specific the allow. */
function decideWrite(policy: ResolvedPolicy, path: AbsolutePath): Decision {
  const { disabled, index } = policy.filesystem;
  if (disabled) return filesystemDisabled();
  const allowed = index.matches('allowWrite', path);
  const denied = preferPolicy(index.matches('denyWrite', path));
  const deny = denied[0];
  if (deny) return decision('deny', deny.rule, allowed);
  const read = decideRead(policy, path);
  if (read.outcome === 'deny') return read;
  const allow = allowed[0];
  if (allow) return decision('allow', allow.rule, []);
  return {
    outcome: 'deny',
    rule: UNNAMED.write,
    reason: 'no entry of allowWrite covers it',
    overridden: [],
  };
}

const UNRESTRICTED = toPointer(['network', 'unrestricted']);

/** An entry of the policy names the host, rather than network.unrestricted opening it with all others. */
export function isListedHost({ outcome, rule }: Decision): boolean {
  return outcome === 'allow' && rule.kind === 'policy' && rule.pointer !== UNRESTRICTED;
}

/** Denied beats allowed; what neither names is denied. */
function decideHost(policy: ResolvedPolicy, requested: string, port: PortInQuestion): Decision {
  const host = canonicalHost(requested);
  if (host === undefined) return { outcome: 'deny', rule: UNNAMED.host, reason: 'not a well-formed host name or address', overridden: [] };
  const denied = policy.network.index.denied(host, port);
  const allowed = policy.network.index.allowed(host, port);
  if (denied) return { outcome: 'deny', rule: denied.rule, reason: denied.reason ?? hostReason('denied', denied), overridden: allowed ? [allowed.rule] : [] };
  if (allowed) return { outcome: 'allow', rule: allowed.rule, reason: hostReason('allowed', allowed), overridden: [] };
  if (policy.source.network.unrestricted === true) return { outcome: 'allow', rule: { kind: 'policy', pointer: UNRESTRICTED }, reason: 'network.unrestricted opens every host that deniedDomains does not name', overridden: [] };
  return { outcome: 'deny', rule: UNNAMED.host, reason: unlistedReason(policy, host, port), overridden: [] };
}

/** An entry for other ports is the likeliest reason of all to wonder about. */
function unlistedReason(policy: ResolvedPolicy, host: CanonicalHost, port: PortInQuestion): string {
  const elsewhere = port === undefined ? undefined : policy.network.index.allowed(host, undefined);
  return elsewhere ? `"${printable(elsewhere.spelled)}" in allowedDomains does not cover port ${port}` : 'no entry of allowedDomains covers it';
}

function decision(outcome: 'allow' | 'deny', rule: PathRule, overridden: readonly PathMatch[]): Decision {
  return { outcome, rule: rule.rule, reason: pathReason(outcome, rule), overridden: overridden.length === 0 ? [] : overridden.map((match) => match.rule.rule) };
}

function pathReason(outcome: 'allow' | 'deny', rule: PathRule): string {
  const verb = outcome === 'allow' ? 'allowed' : 'denied';
  if (rule.rule.kind === 'policy' && rule.rule.pointer === DEFAULT_READ_POINTER) return outcome === 'deny' ? 'defaultRead is "deny", and no rule allows it' : `defaultRead leaves ${rule.spelled} readable`;
  if (rule.rule.kind === 'built-in') return `${verb} by the built-in rule ${rule.rule.name}: ${rule.spelled}`;
  const list = rule.rule.pointer.startsWith('/credentials/') ? 'credentials.files' : rule.list;
  return `${verb} by "${printable(rule.spelled)}" in ${list}`;
}

function hostReason(verb: 'allowed' | 'denied', rule: HostRule): string {
  const where = rule.rule.kind === 'policy' ? describePointer(rule.rule.pointer).replace(/\[\d+\]$/, '').replace(/^network\./, '') : 'a built-in rule';
  return `${verb} by "${printable(rule.spelled)}" in ${where}`;
}

/** What one layer denies, the exceptions of another do not lift: neither the workspace's the user's, nor the other way round. */
function ofOneLayer({ rule: a }: PathRule, { rule: b }: PathRule): boolean {
  return layerOf(a) === undefined || layerOf(b) === undefined || layerOf(a) === layerOf(b);
}

/** Of equally specific denies, the one that the user wrote explains more than a built-in one. */
function preferPolicy(matches: readonly PathMatch[]): PathMatch[] {
  const rank = (match: PathMatch): number => match.depth * 2 + (match.rule.rule.kind === 'policy' ? 1 : 0);
  return matches.length < 2 ? [...matches] : [...matches].sort((a, b) => rank(b) - rank(a));
}

function filesystemDisabled(): Decision {
  return {
    outcome: 'allow',
    rule: { kind: 'policy', pointer: toPointer(['filesystem', 'disabled']) },
    reason: 'filesystem.disabled lifts every path rule',
    overridden: [],
  };
}

/**
 * An entry of allowWrite names exactly this path, and its directory may not be written: on Linux the file can be changed, but not made,
 * removed or renamed there.
 */
export function isNameOutOfReach(policy: ResolvedPolicy, path: AbsolutePath): boolean {
  const { outcome, rule } = decide(policy, { kind: 'write', path });
  return outcome === 'allow' && rule.kind === 'policy' && decide(policy, { kind: 'write', path: parentPath(path) }).outcome === 'deny';
}
