import { decide, type Decision, type PolicyRequest } from '../decide';
import type { ResolvedPolicy } from '../resolve';
import { hostTargets, type HostTarget } from './host-targets';
import { pathTargets } from './path-targets';
import { settingChanges } from './settings';

/**
 * Something that one policy allows and the other does not.
 *
 * @property target for people: `/home/me/dist and below`, `*.example.com:443`, or a setting's name
 * @property before, after absent for settings
 */
export interface PolicyChangeInEffect {
  readonly operation: 'read' | 'write' | 'connect' | 'setting';
  readonly target: string;
  readonly before?: Decision;
  readonly after?: Decision;
}

/** @property undecided what could not be compared, in words; nothing is left out in silence */
export interface PolicyDiff {
  readonly newlyAllowed: readonly PolicyChangeInEffect[];
  readonly newlyDenied: readonly PolicyChangeInEffect[];
  readonly undecided: readonly string[];
}

/** What the second policy allows and denies that the first does not: by asking the evaluator, not by comparing text. */
export function diffPolicies(before: ResolvedPolicy, after: ResolvedPolicy): PolicyDiff {
  const paths = pathTargets([before, after]);
  const asked = (['read', 'write'] as const).flatMap((operation) => compare(paths.targets.map((target) => ({ ...target, operation, request: { kind: operation, path: target.path } })), before, after));
  const hosts = hostChanges(hostTargets([before, after]), before, after);
  const settings = settingChanges(before.source, after.source);
  const changes = [...asked, ...hosts];
  const hasPathChange = asked.length > 0;
  return {
    newlyAllowed: [...changes.filter(({ after: now }) => now?.outcome === 'allow'), ...settings.widened.map(settingChange)],
    newlyDenied: [...changes.filter(({ after: now }) => now?.outcome === 'deny'), ...settings.narrowed.map(settingChange)],
    undecided: [...(hasPathChange ? paths.undecided : []), ...settings.undecided],
  };
}

function settingChange(target: string): PolicyChangeInEffect {
  return { operation: 'setting', target };
}

interface Question {
  readonly operation: 'read' | 'write' | 'connect';
  readonly key: string;
  readonly within?: string;
  readonly label: string;
  readonly request: PolicyRequest;
}

/** Changes, without those that go the way of the region around them. */
function compare(questions: readonly Question[], before: ResolvedPolicy, after: ResolvedPolicy): PolicyChangeInEffect[] {
  const answers = new Map(questions.map((question) => [question.key, { question, was: decide(before, question.request), is: decide(after, question.request) }]));
  return [...answers.values()].flatMap(({ question, was, is }) => {
    const around = question.within === undefined ? undefined : answers.get(question.within);
    const goesAlong = around?.was.outcome === was.outcome && around.is.outcome === is.outcome;
    if (was.outcome === is.outcome || goesAlong) return [];
    return [{ operation: question.operation, target: question.label, before: was, after: is }];
  });
}

/** A host whose ports all change alike is one change; otherwise each port is. */
function hostChanges(targets: readonly HostTarget[], before: ResolvedPolicy, after: ResolvedPolicy): PolicyChangeInEffect[] {
  const ports = targets[0]?.ports ?? [];
  const byPort = ports.map(({ port, named }) =>
    compare(targets.map(({ key, label, host, within }): Question => ({ operation: 'connect', key, label, request: { kind: 'connect', host, port }, ...(within !== undefined && { within }) })), before, after).map((change) => ({ change, named })),
  );
  const groups = new Map<string, { readonly change: PolicyChangeInEffect; readonly named: number | undefined }[]>();
  for (const entry of byPort.flat()) {
    const key = `${entry.change.target} ${entry.change.after?.outcome}`;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first && group.length === ports.length) return [first.change];
    return group.map(({ change, named }) => ({ ...change, target: named === undefined ? `${change.target} (any other port)` : withPort(change.target, named) }));
  });
}

function withPort(target: string, port: number): string {
  return target.includes(':') ? `[${target}]:${port}` : `${target}:${port}`;
}
