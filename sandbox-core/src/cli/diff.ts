import { SandboxError } from '../errors';
import { committedText } from '../host/committed-file';
import type { Host } from '../host/host';
import { loadPolicy, textsOf, type LoadedPolicy } from '../host/policy-file';
import { resolvePolicyOnHost } from '../host/resolve-policy';
import { absolutePath, describeRule, diffPolicies, printable, type PolicyChangeInEffect, type PolicyDiff, type ResolvedPolicy } from '../policy';
import type { Output } from './output';

interface DiffFlags {
  readonly json?: boolean;
  readonly exitCode?: boolean;
}

/** `srt diff A [B]`: what differs in effect. Both sides are asked as if run here. */
export async function diffCommand(before: string, after: string | undefined, { json, exitCode }: DiffFlags, host: Host, output: Output): Promise<number> {
  if (before === '' || after === '') throw new SandboxError('usage', 'expected the path of a policy, got an empty one');
  const old = after === undefined ? loadPolicy(before, { text: await committedText(before, host.environment) }) : loadPolicy(before);
  const current = loadPolicy(after ?? before);
  const [was, is] = await Promise.all([resolved(old, host), resolved(current, host)]);
  const diff = diffPolicies(was, is);
  if (json === true) output.result(JSON.stringify(toJson(diff, old, current), null, 2));
  else print(diff, old, current, output);
  const isDifferent = diff.newlyAllowed.length + diff.newlyDenied.length + diff.undecided.length > 0;
  return exitCode === true && isDifferent ? 1 : 0;
}

async function resolved(loaded: LoadedPolicy, host: Host): Promise<ResolvedPolicy> {
  return (await resolvePolicyOnHost(loaded.policy, { base: absolutePath(process.cwd()), home: host.home, ...loaded.composition })).policy;
}

function toJson({ newlyAllowed, newlyDenied, undecided }: PolicyDiff, old: LoadedPolicy, current: LoadedPolicy): object {
  const change = ({ operation, target, before, after }: PolicyChangeInEffect): object => ({
    operation,
    target,
    before: before ? { rule: describeRule(before.rule, textsOf(old)), reason: before.reason } : null,
    after: after ? { rule: describeRule(after.rule, textsOf(current)), reason: after.reason } : null,
  });
  return { newlyAllowed: newlyAllowed.map(change), newlyDenied: newlyDenied.map(change), undecided };
}

function print({ newlyAllowed, newlyDenied, undecided }: PolicyDiff, old: LoadedPolicy, current: LoadedPolicy, output: Output): void {
  const style = output.resultStyle;
  const line = (mark: string, { operation, target, before, after }: PolicyChangeInEffect): void => {
    // What allows, or what denies, says most: on the side where it does.
    const [decisive, side] = after?.rule.kind === 'default' && before ? [before, old] : [after, current];
    const by = decisive ? style.dim(`  ${decisive === before ? 'was ' : ''}${decisive.reason} (${describeRule(decisive.rule, textsOf(side))})`) : '';
    output.result(`  ${mark} ${operation.padEnd(7)} ${printable(target, 200)}${by}`);
  };
  if (newlyAllowed.length > 0) output.result(style.bold(`newly allows ${newlyAllowed.length}`));
  for (const change of newlyAllowed) line(style.red('+'), change);
  if (newlyDenied.length > 0) output.result(style.bold(`newly denies ${newlyDenied.length}`));
  for (const change of newlyDenied) line(style.green('-'), change);
  if (undecided.length > 0) output.result(style.bold('not decided'));
  for (const reason of undecided) output.result(`  ${style.yellow('?')} ${printable(reason, 400)}`);
  if (newlyAllowed.length + newlyDenied.length + undecided.length === 0) output.result('no difference in effect');
}
