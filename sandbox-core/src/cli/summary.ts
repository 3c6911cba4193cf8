import { fixPlace } from '../host/fix-place';
import { textsOf, type LoadedPolicy } from '../host/policy-file';
import type { RuleTotal, ViolationTotals } from '../monitor/violation-stream';
import { dangerOf, describePointer, describeRule, isNamedLikeProtected, isSecret, printable, violationFixes, type AbsolutePath, type Fix, type FixPlace, type Violation } from '../policy';
import type { Style } from './output';
import { positionOf } from './position';

/** Lines per rule; an agent that tries a hundred paths should not push its own output off the screen. */
const MAX_LINES_PER_RULE = 5;
const MAX_TARGET = 160;
const MAX_ENTRIES_PER_FIX = 3;

/**
 * What was refused, under the rule that refused it:
 *
 *     srt: the sandbox refused 2 things
 *       ~/.srt-settings.json:4:18  denied by "~/.ssh" in denyRead
 *         read     /home/me/.ssh/id_ed25519 (cat)
 *
 * After a flood, of which not all is kept, each rule's total follows.
 */
export function summarizeViolations(violations: readonly Violation[], totals: ViolationTotals, loaded: LoadedPolicy, style: Style, place: FixPlace = fixPlace('.')): string {
  const groups = groupByRule(violations);
  const lines = [...groups.values()].flatMap((group) => describeGroup(group, loaded, style, place));
  const count = violations.length === 1 ? '1 thing' : `${violations.length} things`;
  return [style.bold(`srt: the sandbox refused ${count}`), ...lines, ...describePushedOut(totals, loaded, style)].join('\n');
}

function describePushedOut({ refused, pushedOut, byRule }: ViolationTotals, loaded: LoadedPolicy, style: Style): string[] {
  if (pushedOut === 0) return [];
  const describeTotal = ({ rule, count }: RuleTotal): string => `    ×${count}  ${describeRule(rule, textsOf(loaded))}`;
  return [style.bold(`  and ${pushedOut} ${pushedOut === 1 ? 'refusal' : 'refusals'} more, of which no record is left; ${refused} in all:`), ...byRule.map(describeTotal)];
}

function groupByRule(violations: readonly Violation[]): Map<string, Violation[]> {
  const groups = new Map<string, Violation[]>();
  for (const violation of violations) {
    const key = `${JSON.stringify(violation.rule)} ${violation.reason}`;
    groups.set(key, [...(groups.get(key) ?? []), violation]);
  }
  return groups;
}

function describeGroup(group: readonly Violation[], loaded: LoadedPolicy, style: Style, place: FixPlace): string[] {
  const [first] = group;
  if (!first) return [];
  const position = positionOf(first.rule, loaded) ?? (first.rule.kind === 'built-in' ? 'built-in' : 'default policy');
  const shown = group.slice(0, MAX_LINES_PER_RULE).map((violation) => describeOne(violation, style));
  const rest = group.length - shown.length;
  const danger = first.rule.kind === 'built-in' ? dangerOf(first.rule.name) : undefined;
  const fix = describeFix(group, place);
  return [
    `  ${style.cyan(position)}  ${printable(first.reason, MAX_TARGET)}`,
    ...(danger === undefined ? [] : [style.dim(`    ${danger}`)]),
    ...shown,
    ...(rest > 0 ? [style.dim(`    and ${rest} more`)] : []),
    ...(fix === undefined ? [] : [style.dim(`    fix: ${fix}`)]),
  ];
}

/**
 * One line for the whole group: the change that all of them share, or the entries that one list lacks. Nothing where each would open
 * what should stay closed; those that would are left out of the others.
 */
function describeFix(group: readonly Violation[], place: FixPlace): string | undefined {
  const fixes = group.map((violation) => fixOf(violation, place)).filter((fix) => fix !== 'unsafe');
  const [first] = fixes;
  if (fixes.length === 0 && group.some(({ target, operation }) => operation !== 'read' && target.startsWith(`${place.home}/`) && !isSecret(target, place) && !isNamedLikeProtected(target as AbsolutePath))) return 'srt learn proposes entries that go no further than needed';
  if (!first || fixes.includes(undefined)) return undefined;
  const titles = new Set(fixes.map((fix) => fix?.title));
  const added = fixes.flatMap((fix) => (fix?.edit.kind === 'append' ? [fix.edit] : []));
  const [list, ...otherLists] = new Set(added.map(({ pointer }) => pointer));
  if (list === undefined || otherLists.length > 0 || added.length < fixes.length) return titles.size === 1 ? printable(first.title, MAX_TARGET) : undefined;
  const values = [...new Set(added.map(({ value }) => JSON.stringify(value)))];
  const rest = values.length - MAX_ENTRIES_PER_FIX;
  const more = values.length > 1 ? '; srt learn proposes fewer, wider entries' : '';
  return `Add ${values.slice(0, MAX_ENTRIES_PER_FIX).map((value) => printable(value, MAX_TARGET)).join(', ')}${rest > 0 ? ` and ${rest} more` : ''} to ${describePointer(list)}${more}`;
}

/** Of what a built-in rule protects no other is unsafe: there was never anything to offer. */
function fixOf(violation: Violation, place: FixPlace): Fix | 'unsafe' | undefined {
  return violationFixes(violation, place)[0] ?? (violation.rule.kind === 'built-in' ? undefined : 'unsafe');
}

function describeOne({ operation, target, program, count }: Violation, style: Style): string {
  const by = program === undefined ? '' : style.dim(` (${printable(program.slice(program.lastIndexOf('/') + 1), MAX_TARGET)})`);
  const times = count > 1 ? style.dim(` ×${count}`) : '';
  return `    ${style.red(operation.padEnd(8))} ${printable(target, MAX_TARGET)}${by}${times}`;
}
