import type { Host } from '../host/host';
import { loadPolicy, textsOf } from '../host/policy-file';
import { resolvePolicyOnHost } from '../host/resolve-policy';
import { policyDigest } from '../launch/audit';
import { createAuditStats, type AuditStats, type Counted } from '../monitor/audit-stats';
import { absolutePath, describeRule, printable } from '../policy';
import { loadOptions, type LayerFlags } from './layers';
import type { Output } from './output';
import { readAuditLog, type LogFlags } from './read-log';

const MAX_LINES = 10;
const MAX_NAME = 160;

/** `srt stats`: counts over the sessions of a log. */
export async function statsCommand(options: LogFlags & LayerFlags, host: Host, output: Output): Promise<number> {
  const loaded = loadPolicy(options.settings, loadOptions(options));
  const { policy } = await resolvePolicyOnHost(loaded.policy, { base: absolutePath(process.cwd()), home: host.home, ...loaded.composition });
  const counter = createAuditStats(policy, policyDigest(loaded.policy));
  readAuditLog(options, output, counter.add);
  const stats = counter.stats();
  if (options.json === true) output.result(JSON.stringify(stats, null, 2));
  else print(stats, (rule) => describeRule(rule, textsOf(loaded)), output);
  return 0;
}

function print(stats: AuditStats, nameOf: (rule: AuditStats['neverHit'][number]) => string, { result: say, resultStyle: style }: Output): void {
  say(style.bold(`${stats.refused} refused in ${stats.sessions} ${stats.sessions === 1 ? 'session' : 'sessions'}`) + (stats.killed > 0 ? `, ${stats.killed} of them without an end: their counts may be too low` : ''));
  const table = (title: string, rows: readonly Counted[]): void => {
    if (rows.length === 0) return;
    say(style.bold(`\nby ${title}`));
    for (const { name, count } of rows.slice(0, MAX_LINES)) say(`  ${String(count).padStart(8)}  ${printable(name, MAX_NAME)}`);
    if (rows.length > MAX_LINES) say(style.dim(`  and ${rows.length - MAX_LINES} more`));
  };
  table('rule', stats.byRule);
  table('host', stats.byHost);
  table('path', stats.byPath);
  table('program', stats.byProgram);
  table('day', stats.byDay);
  if (stats.runsOfPolicy === 0) return say(style.dim('\nno session ran under the policy as it is now, so nothing is said of rules that were never hit'));
  say(style.bold(`\nnever hit in ${stats.runsOfPolicy} ${stats.runsOfPolicy === 1 ? 'session' : 'sessions'} under this policy`));
  for (const rule of stats.neverHit) say(`  ${nameOf(rule)}`);
  if (stats.neverHit.length === 0) say('  none');
}
