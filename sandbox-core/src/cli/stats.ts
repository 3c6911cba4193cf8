import type { Host } from '../host/host';
import { loadPolicy, textsOf } from '../host/policy-file';
import { createPolicyStats } from '../launch/policy-stats';
import type { AuditStats, Counted, CountedRule } from '../monitor/audit-stats';
import { absolutePath, describeRule, placeOfRule, printable, type RuleReference } from '../policy';
import { loadOptions, type LayerFlags } from './layers';
import type { Output } from './output';
import { readAuditLog, type LogFlags } from './read-log';

const MAX_LINES = 10;
const MAX_NAME = 160;

/** `srt stats`: counts over the sessions of a log. */
export async function statsCommand(options: LogFlags & LayerFlags, host: Host, output: Output): Promise<number> {
  const loaded = loadPolicy(options.settings, loadOptions(options));
  const counter = await createPolicyStats(loaded, absolutePath(process.cwd()), host);
  readAuditLog(options, output, counter.add);
  const stats = counter.stats();
  const { resultStyle } = output;
  const nameOf = (rule: RuleReference): string => {
    const place = placeOfRule(rule, textsOf(loaded));
    return describeRule(rule, { sources: [] }) + (place === undefined ? '' : resultStyle.dim(`  ${place}`));
  };
  if (options.json === true) output.result(JSON.stringify(stats, null, 2));
  else print(stats, nameOf, output);
  return 0;
}

function print(stats: AuditStats, nameOf: (rule: RuleReference) => string, { result: say, resultStyle: style }: Output): void {
  say(style.bold(`${stats.refused} refused in ${stats.sessions} ${stats.sessions === 1 ? 'session' : 'sessions'}`) + (stats.killed > 0 ? `, ${stats.killed} of them without an end: their counts may be too low` : ''));
  const table = (title: string, rows: readonly Counted[]): void => {
    if (rows.length === 0) return;
    say(style.bold(`\nby ${title}`));
    for (const { name, count } of rows.slice(0, MAX_LINES)) say(`  ${String(count).padStart(8)}  ${name}`);
    if (rows.length > MAX_LINES) say(style.dim(`  and ${rows.length - MAX_LINES} more`));
  };
  // Lines of today's files may hold other rules than those that refused.
  const named = stats.runsOfPolicy === stats.sessions ? ({ rule, count }: CountedRule): Counted => ({ name: nameOf(rule), count }) : (counted: CountedRule): Counted => counted;
  table('rule', stats.byRule.map(named));
  const shown = (counted: readonly Counted[]): Counted[] => counted.map(({ name, count }) => ({ name: printable(name, MAX_NAME), count }));
  table('host', shown(stats.byHost));
  table('path', shown(stats.byPath));
  table('program', shown(stats.byProgram));
  table('day', shown(stats.byDay));
  table('rule that let connections through', stats.used.map(named));
  if (stats.runsOfPolicy === 0) return say(style.dim('\nno session ran under the policy as it is now, so nothing is said of rules that were never hit'));
  say(style.bold(`\nnever hit in ${stats.runsOfPolicy} ${stats.runsOfPolicy === 1 ? 'session' : 'sessions'} under this policy`));
  for (const rule of stats.neverHit) say(`  ${nameOf(rule)}`);
  if (stats.neverHit.length === 0) say('  none');
  if (stats.notCounted.length > 0) say(style.dim(`  ${stats.notCounted.length} more ${stats.notCounted.length === 1 ? 'allows' : 'allow'} reading or sockets, whose use leaves no record, or writing to more than a session looks through; srt learn says what a command needs`));
}
