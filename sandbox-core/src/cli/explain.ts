import { explainOnHost } from '../host/explain';
import type { Host } from '../host/host';
import { resolveForPlatform } from '../host/platform-policy';
import { loadPolicy, textsOf, type LoadedPolicy } from '../host/policy-file';
import { platformOf, toCommandRequests, toRequest } from '../host/questions';
import { absolutePath, decideCommand, describeRule, hasCommandRules, isOwnPlace, printable, type CommandRequest, type Explanation, type PolicyChange, type PolicyPlatform, type ResolvedPolicy } from '../policy';
import { loadOptions, reportLeftOut, type LayerFlags } from './layers';
import type { Output } from './output';
import { positionOf } from './position';

export interface ExplainFlags extends LayerFlags {
  readonly json?: boolean;
  readonly platform?: PolicyPlatform;
}

/** Longer than the longest path. */
const MAX_SHOWN = 4200;

type Outcome = 'allow' | 'deny' | 'ask';

/** A policy, as far as a command that asks it questions needs it. */
interface Asked {
  readonly policy: ResolvedPolicy;
  readonly loaded: LoadedPolicy;
  readonly platform: PolicyPlatform;
  readonly output: Output;
}

/** `srt explain read|write|connect|resolve|command TARGET`: asks the same function as the sandbox does. */
export async function explainCommand(operation: string, target: string, options: ExplainFlags, host: Host, output: Output): Promise<number> {
  const loaded = loadPolicy(options.settings, loadOptions(options));
  reportLeftOut(loaded, output);
  const platform = options.platform ?? platformOf(host);
  const { policy, context } = await resolveForPlatform(loaded, platform, absolutePath(process.cwd()), host);
  const asked: Asked = { policy, loaded, platform, output };
  if (operation === 'command') {
    explainParts(target, await toCommandRequests(target, context, host, (path) => isOwnPlace(policy, path, platform)), asked, options.json === true);
    return 0;
  }
  const request = await toRequest(operation, target, context, (path) => isOwnPlace(policy, path, platform));
  const explanation = explainOnHost(policy, request, asked.platform);
  if (options.json === true) output.result(JSON.stringify(toJson(explanation, loaded), null, 2));
  else print(printable(`${operation} ${target}`, MAX_SHOWN), explanation, asked);
  return 0;
}

/** Denied if anything that the command will obviously ask for is. */
function explainParts(line: string, parts: readonly CommandRequest[], { policy, loaded, platform, output }: Asked, isJson: boolean): void {
  const explained = parts.map((part) => ({ ...part, explanation: part.request && explainOnHost(policy, part.request, platform) }));
  const ruled = decideCommand(policy, ['bash', '-c', line]);
  const outcome = explained.some(({ explanation }) => explanation?.outcome !== 'allow') ? 'deny' : ruled.outcome;
  if (isJson) {
    const toPart = ({ what, word, request, explanation }: (typeof explained)[number]): object => ({ what, word, operation: request?.kind ?? null, ...(explanation ? toJson(explanation, loaded) : { decision: null, reason: 'not found' }) });
    output.result(JSON.stringify({ decision: outcome, commandRule: { decision: ruled.outcome, reason: ruled.reason, rule: ruled.rule.kind === 'built-in' ? ruled.rule.name : ruled.rule.pointer, guidance: ruled.guidance ?? null }, parts: explained.map(toPart) }, null, 2));
    return;
  }
  const style = output.resultStyle;
  output.result(`${verdict(outcome, output)}  command ${printable(line, 200)}`);
  if (hasCommandRules(policy.source)) output.result(`  ${mark(ruled.outcome, output)} ${'command'.padEnd(19)} ${printable(line, 160)}  ${style.dim(ruled.reason)}`);
  if (ruled.guidance !== undefined) output.result(`      instead  ${ruled.guidance}`);
  for (const { what, word, request, explanation } of explained) {
    output.result(`  ${mark(explanation?.outcome ?? 'deny', output)} ${what.padEnd(11)} ${(request?.kind ?? '').padEnd(7)} ${printable(word, 160)}  ${style.dim(explanation?.reason ?? 'not found in PATH')}`);
    if (explanation?.outcome === 'deny') output.result(style.dim(`      rule  ${describeRule(explanation.rule, textsOf(loaded))}`));
  }
  output.result(style.dim('  Only what the words say: what the programs open besides, and which arguments they write, shows when they run.'));
}

function toJson({ outcome, rule, reason, overridden, platform, platformNote, changes }: Explanation, loaded: LoadedPolicy): object {
  const layer = rule.kind === 'policy' ? rule.layer : undefined;
  return {
    decision: outcome,
    rule: rule.kind === 'built-in' ? rule.name : rule.pointer,
    ruleKind: rule.kind,
    layer: layer ?? null,
    reason,
    position: positionOf(rule, loaded) ?? null,
    overridden: overridden.map((other) => (other.kind === 'built-in' ? other.name : other.pointer)),
    overriddenAt: overridden.map((other) => describeRule(other, textsOf(loaded))),
    platform,
    platformNote: platformNote ?? null,
    changes: changes.map(({ title, file, widens, edit }) => ({ title, file: file ?? loaded.file?.path ?? null, widens, edit })),
  };
}

function print(question: string, explanation: Explanation, { loaded, output }: Asked): void {
  const style = output.resultStyle;
  const { outcome, reason, rule, overridden, platformNote, changes } = explanation;
  output.result(`${verdict(outcome, output)}  ${question}`);
  output.result(`  because  ${reason}`);
  const position = positionOf(rule, loaded);
  if (position !== undefined) output.result(`  rule     ${position}`);
  if (rule.kind === 'policy' && rule.layer !== undefined) output.result(`  layer    ${rule.layer}`);
  for (const other of overridden) output.result(style.dim(`  beats    ${describeRule(other, textsOf(loaded))}`));
  if (platformNote !== undefined) output.result(style.dim(`  on ${explanation.platform}  ${platformNote}`));
  for (const change of changes) output.result(`  ${style.cyan(outcome === 'deny' ? 'to allow' : 'to deny ')} ${describeChange(change, loaded)}`);
}

function describeChange({ title, file, widens }: PolicyChange, loaded: LoadedPolicy): string {
  const where = file ?? loaded.file?.path;
  return `${title}${where === undefined ? '' : ` (${printable(where, 200)})`}${widens ? ' - widens the policy' : ''}`;
}

function verdict(outcome: Outcome, { resultStyle: style }: Output): string {
  return { allow: style.green('allowed'), deny: style.red('denied'), ask: style.yellow('asked about') }[outcome];
}

function mark(outcome: Outcome, { resultStyle: style }: Output): string {
  return { allow: style.green('✓'), deny: style.red('✗'), ask: style.yellow('?') }[outcome];
}
