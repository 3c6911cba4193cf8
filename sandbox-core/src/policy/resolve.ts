import { expandPath, type AbsolutePath, type PathContext } from './absolute-path';
import { entryPaths, readEntry, type EntryContext, type EntryReading } from './entry-pattern';
import { canonicalHost } from './host-name';
import { ALLOWED_DOMAIN, DENIED_DOMAIN, parseHostPattern, type HostPattern } from './host-pattern';
import { ruleReference, type LayerName, type PolicyOrigins } from './layers/origins';
import type { PathPattern } from './path-pattern';
import { toPointer } from './pointer';
import type { Policy } from './policy.generated';
import type { MissingPathProtection } from './protections';
import { requestRules, type RequestRule } from './request-rules';
import { domainEntries, PATH_LISTS, pathEntries, type PathList } from './rules/entries';
import { createHostRuleIndex, createPathRuleIndex, type HostRuleIndex, type PathRuleIndex } from './rule-index';
import { namedSocketPaths, socketRules, type SocketRules } from './unix-sockets';
import type { Violation } from './violation.generated';

/** What a decision rests on: an entry of the policy, a list that has no entry for the target, or a built-in protection. */
export type RuleReference = Violation['rule'];

export interface PathRule {
  readonly list: PathList;
  /** Free of symbolic links. */
  readonly pattern: PathPattern;
  /** The path as the policy names it, absolute, links not followed. */
  readonly named: AbsolutePath;
  readonly rule: RuleReference;
  /** In the words of the policy, for messages. */
  readonly spelled: string;
  /** No allow entry makes an exception, however specific: credentials, the sandbox's own files. */
  readonly final: boolean;
  /** For a denied path that does not exist. */
  readonly whenMissing: MissingPathProtection;
}

export interface HostRule {
  readonly pattern: HostPattern;
  readonly rule: RuleReference;
  readonly spelled: string;
  readonly reason?: string;
}

/**
 * A policy with every path absolute and free of symbolic links, every rule still knowing where it came from.
 */
export interface ResolvedPolicy {
  readonly source: Policy;
  readonly context: PathContext;
  /** Present if the policy was put together from several. */
  readonly origins?: PolicyOrigins;
  readonly filesystem: {
    /** srt: filesystem.disabled. No path rule holds. */
    readonly disabled: boolean;
    readonly rules: readonly PathRule[];
    readonly index: PathRuleIndex;
  };
  readonly network: {
    readonly allowed: readonly HostRule[];
    readonly denied: readonly HostRule[];
    readonly index: HostRuleIndex;
    readonly unixSockets: SocketRules;
    /** network.requests, in the order of the policy. */
    readonly requests: readonly RequestRule[];
  };
}

/**
 * What resolving needs of the world.
 *
 * @property builtIn rules that every policy has: protections, default write paths, the sandbox's own files
 */
export interface ResolveContext extends EntryContext {
  /** Instead of reading each entry anew. */
  readonly readEntry?: (spelled: string, literal: boolean) => readonly EntryReading[];
  readonly builtIn: readonly PathRule[];
  /** Where a composed policy's rules were written. */
  readonly origins?: PolicyOrigins;
}

export function resolvePolicy(policy: Policy, context: ResolveContext): ResolvedPolicy {
  const rules = policy.filesystem.disabled === true ? [] : [...policyPathRules(policy, context), ...context.builtIn];
  const allowed = hostRules(policy, 'allowedDomains', context);
  const denied = hostRules(policy, 'deniedDomains', context);
  return {
    source: policy,
    context: { base: context.base, home: context.home, ...(context.platform && { platform: context.platform }) },
    ...(context.origins && { origins: context.origins }),
    filesystem: { disabled: policy.filesystem.disabled === true, rules, index: createPathRuleIndex(rules) },
    network: { allowed, denied, index: createHostRuleIndex(allowed, denied), requests: requestRules(policy, (pointer) => ruleReference(pointer, context.origins)), unixSockets: socketRules(policy, context) },
  };
}

/** The paths that policy entries name, before symbolic links are followed: what a host has to look at. */
export function namedPaths(policy: Policy, context: PathContext): AbsolutePath[] {
  const lists = PATH_LISTS.flatMap((list) => pathEntries(policy, list)).flatMap(({ spelled, literal }) => entryPaths(spelled, literal, context));
  const credentials = (policy.credentials?.files ?? []).flatMap((file) => entryPaths(file.path, file.mode === 'mask', context));
  const key = policy.network.tlsTerminate?.caKeyPath;
  return [...new Set([...lists, ...credentials, ...namedSocketPaths(policy, context), ...(key === undefined ? [] : [expandPath(key, context)])])];
}

function policyPathRules(policy: Policy, context: ResolveContext): PathRule[] {
  const read = context.readEntry ?? ((spelled: string, literal: boolean) => readEntry(spelled, literal, context));
  const lists = PATH_LISTS.flatMap((list) => pathEntries(policy, list)).flatMap(({ list, pointer, spelled, literal }): PathRule[] =>
    read(spelled, literal).map((reading) => ({ list, ...reading, rule: ruleReference(pointer, context.origins), spelled, final: false, whenMissing: 'directory' })),
  );
  const credentials = (policy.credentials?.files ?? []).flatMap((file, index): PathRule[] => {
    const isMasked = file.mode === 'mask';
    const pointer = toPointer(['credentials', 'files', index, 'path']);
    // A stand-in covers a masked file: what is written there could only be lost.
    const held = { list: isMasked ? 'denyWrite' : 'denyRead', rule: ruleReference(pointer, context.origins), whenMissing: isMasked ? 'guard' : 'directory' } as const;
    return readEntry(file.path, isMasked, context).map((reading) => ({ ...held, ...reading, spelled: file.path, final: true }));
  });
  return [...lists, ...credentials, ...authorityKey(policy, context)];
}

/** Whoever reads the key of the CA could pose as any host to a program that trusts it. */
function authorityKey(policy: Policy, context: ResolveContext): PathRule[] {
  const path = policy.network.tlsTerminate?.caKeyPath;
  if (path === undefined) return [];
  const named = expandPath(path, context);
  return [{ list: 'denyRead', pattern: { kind: 'literal', path: context.canonicalPath(named) }, named, rule: ruleReference(toPointer(['network', 'tlsTerminate', 'caKeyPath']), context.origins), spelled: path, final: true, whenMissing: 'guard' }];
}

/** The policy as if one of its rules had not been written. */
export function withoutRule(policy: ResolvedPolicy, rule: PathRule): ResolvedPolicy {
  const rules = policy.filesystem.rules.filter((other) => other !== rule);
  return { ...policy, filesystem: { ...policy.filesystem, rules, index: createPathRuleIndex(rules) } };
}

/** The layer of a rule; absent where there is one policy only, and for built-in rules. */
export function layerOf(rule: RuleReference): LayerName | undefined {
  return rule.kind === 'policy' ? rule.layer : undefined;
}

function hostRules(policy: Policy, list: 'allowedDomains' | 'deniedDomains', context: ResolveContext): HostRule[] {
  const grammar = list === 'allowedDomains' ? ALLOWED_DOMAIN : DENIED_DOMAIN;
  return domainEntries(policy, list).flatMap(({ pointer, text }): HostRule[] => {
    const result = parseHostPattern(text, grammar);
    // An inert deny would fail open if it were dropped: match what it was surely meant to say.
    const pattern = 'pattern' in result ? result.pattern : list === 'deniedDomains' ? meantPattern(result) : undefined;
    if (!pattern) return [];
    const reasons = policy.network.deniedDomainReasons ?? {};
    const reason = list === 'deniedDomains' && Object.hasOwn(reasons, text) ? reasons[text] : undefined;
    const rule: HostRule = { pattern, rule: ruleReference(pointer, context.origins), spelled: text, ...(reason !== undefined && { reason }) };
    const ports = list === 'allowedDomains' && pattern.port === undefined ? policy.network.defaultPorts : undefined;
    return ports ? ports.map((port) => ({ ...rule, pattern: { ...pattern, port } })) : [rule];
  });
}

function meantPattern(result: Exclude<ReturnType<typeof parseHostPattern>, { pattern: HostPattern }>): HostPattern | undefined {
  if (!('inert' in result) || result.suggestion === undefined) return undefined;
  const suggested = parseHostPattern(result.suggestion, DENIED_DOMAIN);
  if ('pattern' in suggested) return suggested.pattern;
  const host = canonicalHost(result.suggestion);
  return host === undefined ? undefined : { host: { kind: 'exact', host } };
}
