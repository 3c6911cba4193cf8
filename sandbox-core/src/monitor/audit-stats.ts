import { canonicalHost, describeRule, matchesHost, type HostPattern, type ResolvedPolicy, type RuleReference, type Violation } from '../policy';
import type { AuditedPath, AuditedUse, AuditRecord } from './audit-record';
import { createTally, type Counted } from './tally';
import type { ViolationTotals } from './violation-stream';


export type { Counted } from './tally';

export interface CountedRule extends Counted {
  readonly rule: RuleReference;
}

/**
 * The most frequent first; days in their order. Plain data: schemas/stats.schema.json.
 *
 * @property killed sessions without an end record: what they counted last is not in the log
 * @property used rules that let connections through
 * @property runsOfPolicy sessions under the policy that `neverHit` and `notCounted` speak of
 * @property neverHit rules that deny and refused nothing, allowed hosts that nothing connected to, and paths that may be written where nothing was changed
 * @property notCounted rules whose use leaves no record: those that allow reading and sockets, and those to write that could not be looked at
 */
export interface AuditStats {
  readonly version: 1;
  readonly sessions: number;
  readonly killed: number;
  readonly refused: number;
  readonly byRule: readonly CountedRule[];
  readonly used: readonly CountedRule[];
  readonly byHost: readonly Counted[];
  readonly byPath: readonly Counted[];
  readonly byProgram: readonly Counted[];
  readonly byDay: readonly Counted[];
  readonly runsOfPolicy: number;
  readonly neverHit: readonly RuleReference[];
  readonly notCounted: readonly RuleReference[];
}

interface SessionCounts {
  readonly isOfPolicy: boolean;
  readonly fromRecords: Map<string, { readonly rule: RuleReference; count: number }>;
  totals: ViolationTotals | undefined;
  allowed: readonly AuditedUse[];
  paths: readonly AuditedPath[];
  ended: boolean;
}

/** @param digest of the policy, as start records give it */
export function createAuditStats(policy: ResolvedPolicy, digest: string): { add(record: AuditRecord): void; stats(): AuditStats } {
  const sessions = new Map<string, SessionCounts>();
  const [hosts, paths, programs, days] = [createTally(), createTally(), createTally(), createTally()];
  const reached = new Set<string>();
  const countViolation = (violation: Violation, { fromRecords }: SessionCounts): void => {
    const { kind, operation, target, program, time, rule, count: times } = violation;
    if (kind === 'filesystem' || (kind === 'network' && target.startsWith('/'))) paths.add(target, times);
    else if (kind === 'network') hosts.add(hostOf(operation, target), times);
    if (program !== undefined) programs.add(program, times);
    days.add(time.slice(0, 10), times);
    const key = keyOf(rule);
    fromRecords.set(key, { rule, count: times + (fromRecords.get(key)?.count ?? 0) });
  };
  return {
    add(record) {
      const session = sessions.get(record.session) ?? { isOfPolicy: record.type === 'start' && record.policy === digest, fromRecords: new Map(), totals: undefined, allowed: [], paths: [], ended: false };
      sessions.set(record.session, session);
      if (record.type === 'violation') countViolation(record.violation, session);
      if (record.type === 'totals' || record.type === 'end') session.totals = record.totals;
      if (record.type !== 'end') return;
      session.ended = true;
      session.allowed = record.allowed ?? [];
      session.paths = record.paths ?? [];
      if (session.isOfPolicy) for (const { name, connections } of record.hosts) if (connections > 0) reached.add(name);
    },
    stats() {
      const all = [...sessions.values()];
      const totals = all.map((session) => ({ ...session, byRule: session.totals?.byRule ?? [...session.fromRecords.values()] }));
      const byRule = countedRules(totals.flatMap((session) => session.byRule));
      const ofPolicy = totals.filter(({ isOfPolicy }) => isOfPolicy);
      const hit = new Set(ofPolicy.flatMap((session) => [...session.byRule, ...session.allowed].map(({ rule }) => keyOf(rule))));
      const written = writtenRules(policy, ofPolicy);
      return {
        version: 1,
        sessions: all.length,
        killed: all.filter(({ ended }) => !ended).length,
        refused: byRule.reduce((sum, { count: times }) => sum + times, 0),
        byRule,
        used: countedRules(totals.flatMap(({ allowed }) => allowed)),
        byHost: hosts.mostFirst(),
        byPath: paths.mostFirst(),
        byProgram: programs.mostFirst(),
        byDay: days.mostFirst().sort((a, b) => (a.name < b.name ? -1 : 1)),
        runsOfPolicy: ofPolicy.length,
        neverHit: ofPolicy.length === 0 ? [] : [...neverHit(policy, hit, reached), ...written.unused],
        notCounted: ofPolicy.length === 0 ? [] : [...written.unknown, ...notCounted(policy)],
      };
    },
  };
}

function neverHit({ filesystem, network }: ResolvedPolicy, hit: ReadonlySet<string>, reached: ReadonlySet<string>): RuleReference[] {
  const hosts = [...reached].map(canonicalHost).filter((host) => host !== undefined);
  const paths = filesystem.rules.filter(({ list }) => list === 'denyRead' || list === 'denyWrite').map(({ rule }) => rule);
  const allowed = network.allowed.filter(({ pattern }) => !hosts.some((host) => matchesHost(pattern, host, anyPort(pattern)))).map(({ rule }) => rule);
  const distinct = new Map([...paths, ...network.denied.map(({ rule }) => rule), ...allowed].map((rule) => [keyOf(rule), rule]));
  return [...distinct.values()].filter((rule) => rule.kind === 'policy' && !hit.has(keyOf(rule)));
}

/** A rule is unused if each session has looked at its paths and found nothing changed. */
function writtenRules({ filesystem }: ResolvedPolicy, sessions: readonly Pick<SessionCounts, 'paths'>[]): { readonly unused: RuleReference[]; readonly unknown: RuleReference[] } {
  const looked = sessions.map(({ paths }) => new Map(paths.map(({ rule, changed }) => [keyOf(rule), changed])));
  const rules = distinctRules(filesystem.rules.filter(({ list }) => list === 'allowWrite'));
  const unchanged = rules.filter((rule) => !looked.some((changed) => changed.get(keyOf(rule)) === true));
  const isKnown = (rule: RuleReference): boolean => looked.every((changed) => changed.has(keyOf(rule)));
  return { unused: unchanged.filter(isKnown), unknown: unchanged.filter((rule) => !isKnown(rule)) };
}

function notCounted({ filesystem, network }: ResolvedPolicy): RuleReference[] {
  return distinctRules([...filesystem.rules.filter(({ list }) => list === 'allowRead'), ...network.unixSockets.listed]);
}

function distinctRules(rules: readonly { readonly rule: RuleReference }[]): RuleReference[] {
  return [...new Map(rules.map(({ rule }) => [keyOf(rule), rule])).values()].filter(({ kind }) => kind === 'policy');
}

function countedRules(uses: readonly AuditedUse[]): CountedRule[] {
  const counted = new Map<string, CountedRule>();
  for (const { rule, count: times } of uses) counted.set(keyOf(rule), { name: describeRule(rule, { sources: [] }), rule, count: times + (counted.get(keyOf(rule))?.count ?? 0) });
  return [...counted.values()].sort((a, b) => b.count - a.count);
}

/** Totals of hosts are of all ports together. */
function anyPort({ port }: HostPattern): number {
  return port ?? 443;
}

function keyOf(rule: RuleReference): string {
  return rule.kind === 'built-in' ? rule.name : JSON.stringify([rule.pointer, rule.kind, rule.kind === 'policy' ? rule.file : '']);
}

/** Without the port; of a request, that of its URL. */
function hostOf(operation: Violation['operation'], target: string): string {
  return operation === 'request' ? (/^\S+ \w+:\/\/(\[[^\]]*\]|[^/:?#]*)/.exec(target)?.[1] ?? target) : target.replace(/:\d{1,5}$/, '');
}
