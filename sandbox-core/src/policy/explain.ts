import type { AbsolutePath } from './absolute-path';
import { describeWindowsPath } from './windows-path';
import { canonicalHost, isAddress, isLoopbackName } from './host-name';
import type { Decision, PolicyRequest } from './decide';
import { decideInSandbox, isOwnPlace } from './own-places';
import type { FileOfRules } from './layers/origins';
import { printable } from './parse';
import { describePointer, toPointer, type PolicyPointer } from './pointer';
import type { PolicyEdit } from './problem';
import type { PathRule, ResolvedPolicy, RuleReference } from './resolve';
import { schemaAt, type PolicyPlatform } from './schema';
import { ruleKey, withHostRule, withoutRule, withPathRule } from './variants';

/**
 * A decision, and what surrounds it.
 *
 * @property platformNote how the list that decided is read on the platform, where that matters to this answer
 * @property changes edits after each of which the answer would be the other one
 */
export interface Explanation extends Decision {
  readonly request: PolicyRequest;
  readonly platform: PolicyPlatform;
  readonly platformNote?: string;
  readonly changes: readonly PolicyChange[];
}

/**
 * @property file the one to edit: an absolute path; absent: the main file
 * @property widens whether the policy would allow something that it denies now
 */
export interface PolicyChange {
  readonly title: string;
  readonly edit: PolicyEdit;
  readonly file?: string;
  readonly widens: boolean;
}

/** Why the answer is what it is. Every change was tried on the same evaluator before it is offered. */
export function explain(policy: ResolvedPolicy, request: PolicyRequest, platform: PolicyPlatform): Explanation {
  const decision = decideInSandbox(policy, request, platform);
  if ('path' in request && isOwnPlace(policy, request.path, platform) && request.kind !== 'socket') return { ...decision, request, platform, changes: [] };
  const changes = candidates(policy, request, decision).filter(({ result }) => decideInSandbox(result, request, platform).outcome !== decision.outcome);
  const note = platformNote(policy, decision.rule, request, platform);
  return { ...decision, request, platform, ...(note !== undefined && { platformNote: note }), changes: changes.map(({ change }) => change) };
}

/** A change, and the policy as it would be with it. */
interface Candidate {
  readonly change: PolicyChange;
  readonly result: ResolvedPolicy;
}

function candidates(policy: ResolvedPolicy, request: PolicyRequest, decision: Decision): Candidate[] {
  return [...removals(policy, decision), ...additions(policy, request, decision)];
}

function removals(policy: ResolvedPolicy, { rule, outcome }: Decision): Candidate[] {
  if (rule.kind !== 'policy' || rule.file?.startsWith('preset:') === true || rule.pointer === '/filesystem/disabled') return [];
  // A credential's protection is not offered up for removal.
  if (rule.pointer.startsWith('/credentials/')) return [];
  const change: PolicyChange = {
    title: `Remove this rule (${describePointer(rule.pointer)})`,
    edit: { kind: 'remove', pointer: rule.pointer as PolicyPointer }, // set at parse
    ...(rule.file !== undefined && { file: rule.file }),
    widens: outcome === 'deny',
  };
  return [{ change, result: withoutRule(policy, rule) }];
}

function additions(policy: ResolvedPolicy, request: PolicyRequest, { outcome }: Decision): Candidate[] {
  const widens = outcome === 'deny';
  const place = policy.origins?.newRules[widens ? 'allow' : 'deny'] ?? {};
  if (request.kind === 'read' || request.kind === 'write') return pathAddition(policy, request.kind, request.path, { widens, place });
  // Whether a socket may be named is not only up to its list: nothing is offered.
  if (request.kind === 'socket') return [];
  return hostAddition(policy, request, { widens, place });
}

interface Direction {
  readonly widens: boolean;
  readonly place: FileOfRules;
}

function pathAddition(policy: ResolvedPolicy, operation: 'read' | 'write', path: AbsolutePath, { widens, place }: Direction): Candidate[] {
  // A name with control characters in it cannot be shown honestly, so it is not offered.
  if (printable(path, path.length) !== path) return [];
  const list = LISTS[operation][widens ? 'allow' : 'deny'];
  const spelled = policy.context.platform === 'windows' ? describeWindowsPath(path) : path;
  const value = /[*?[\]]/.test(path) ? { path: spelled, literal: true } : spelled;
  const verb = operation === 'read' ? 'reading' : 'writing';
  return [{ change: addition(`${widens ? 'Allow' : 'Deny'} ${verb} ${spelled}`, ['filesystem', list], value, { widens, place }), result: withPathRule(policy, list, path, place) }];
}

const LISTS: Readonly<Record<'read' | 'write', Readonly<Record<'allow' | 'deny', PathRule['list']>>>> = {
  read: { allow: 'allowRead', deny: 'denyRead' },
  write: { allow: 'allowWrite', deny: 'denyWrite' },
};

function hostAddition(policy: ResolvedPolicy, request: Extract<PolicyRequest, { kind: 'connect' | 'resolve' }>, { widens, place }: Direction): Candidate[] {
  const host = canonicalHost(request.host);
  if (host === undefined) return [];
  const name = host.includes(':') ? `[${host}]` : host;
  const port = request.kind === 'connect' && !WEB_PORTS.includes(request.port) ? request.port : undefined;
  const text = port === undefined ? name : `${name}:${port}`;
  const list = widens ? 'allowedDomains' : 'deniedDomains';
  const change = addition(`${widens ? 'Allow' : 'Deny'} connections to ${text}`, ['network', list], text, { widens, place });
  return [{ change, result: withHostRule(policy, list, { pattern: { host: { kind: 'exact', host }, ...(port !== undefined && { port }) }, spelled: text }, place) }];
}

/** Those that a host named without a port is about. */
const WEB_PORTS: readonly number[] = [80, 443];

function addition(title: string, list: readonly string[], value: unknown, { widens, place }: Direction): PolicyChange {
  const layer = place.layer === undefined ? '' : ` in the ${place.layer}'s policy`;
  return { title: title + layer, edit: { kind: 'append', pointer: toPointer(list), value }, ...(place.file !== undefined && { file: place.file }), widens };
}

function platformNote(policy: ResolvedPolicy, rule: RuleReference, request: PolicyRequest, platform: PolicyPlatform): string | undefined {
  if (rule.kind === 'built-in') return platform === 'windows' ? 'sandbox-runtime has no built-in write protection on Windows' : undefined;
  if (!dependsOnPlatform(policy, rule, request)) return undefined;
  const list = schemaAt(rule.pointer.replace(/\/\d+(\/\w+)?$/, ''))?.['x-srt'];
  return list?.platformNotes?.[platform];
}

/** Plain paths and names mean the same everywhere; patterns, and hosts that sandbox-runtime's proxy is not asked for, do not. */
function dependsOnPlatform({ filesystem }: ResolvedPolicy, rule: RuleReference, request: PolicyRequest): boolean {
  if ('path' in request) return filesystem.rules.some((known) => known.pattern.kind === 'glob' && ruleKey(known.rule) === ruleKey(rule));
  const host = canonicalHost(request.host);
  return rule.kind === 'policy' && host !== undefined && (isLoopbackName(host) || isAddress(host));
}
