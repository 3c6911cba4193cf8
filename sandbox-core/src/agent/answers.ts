import { fixPlace } from '../host/fix-place';
import type { LoadedPolicy } from '../host/policy-file';
import { createKeptViolations } from '../monitor/kept-violations';
import { applyEdit, asViolationsBlock, describeRule, printable, violationFixes, withoutViolationsBlock, type Explanation, type PolicyChange, type PolicyTexts, type Violation } from '../policy';
import type { AgentCommandResult } from './run-command';

const MAX_SHOWN = 50;
const MAX_TARGET = 400;

/** Exit status, output and refusals, in the block that agents know from sandbox-runtime: the only one in the answer. */
export function describeRun({ status, ended, output, violations }: AgentCommandResult, loaded: LoadedPolicy, directory: string): string {
  const how = ended === 'by itself' ? `exit status ${status.code}` : `ended by the ${ended === 'time limit' ? 'time limit' : 'user'}`;
  const refused = violations.length === 0 ? '' : `\n${violationsBlock(violations, loaded, directory)}`;
  return `${how}\n${output === '' ? '(no output)' : withoutViolationsBlock(output.trimEnd())}${refused}`;
}

/** The block that agents know from sandbox-runtime. A path is whatever a program chose: none can end the block. */
export function violationsBlock(violations: readonly Violation[], loaded: LoadedPolicy | undefined, directory: string): string {
  const lines = violationLines(violations, loaded, directory).map((line) => line.replaceAll('<', '‹').replaceAll('>', '›'));
  return asViolationsBlock(lines);
}

export function describeViolations(violations: readonly Violation[], loaded: LoadedPolicy | undefined, directory: string): string {
  return violations.length === 0 ? 'Nothing was refused so far.' : violationLines(violations, loaded, directory).join('\n');
}

function violationLines(violations: readonly Violation[], loaded: LoadedPolicy | undefined, directory: string): string[] {
  const place = fixPlace(directory);
  const kept = createKeptViolations(MAX_SHOWN);
  violations.forEach((violation, index) => kept.set(String(index), violation));
  const shown = kept.values().map((violation) => {
    const { operation, target, count, reason, rule } = violation;
    const fix = violationFixes(violation, place)[0];
    return `${operation} ${printable(target, MAX_TARGET)}${count > 1 ? ` (${count} times)` : ''}: ${printable(reason, MAX_TARGET)} [${describeRule(rule, textsOf(loaded))}]${fix ? `; a person could: ${printable(fix.title, MAX_TARGET)}` : ''}`;
  });
  return violations.length > shown.length ? [`(${shown.length} of ${violations.length}, the last of each rule)`, ...shown] : shown;
}

export function describeExplanation({ request, outcome, rule, reason, overridden }: Explanation, loaded: LoadedPolicy): string {
  const target = 'path' in request ? request.path : request.host;
  const losers = overridden.map((other) => `overrides ${describeRule(other, textsOf(loaded))}`);
  return [`${outcome === 'allow' ? 'allowed' : 'denied'}: ${request.kind} ${printable(target, MAX_TARGET)}`, `because ${printable(reason, MAX_TARGET)}`, `rule ${describeRule(rule, textsOf(loaded))}`, ...losers].join('\n');
}

/** What would allow it, as edits to look at. */
export function describeProposal(explanation: Explanation, loaded: LoadedPolicy): string {
  if (explanation.outcome === 'allow') return `Nothing to change.\n${describeExplanation(explanation, loaded)}`;
  const widening = explanation.changes.filter(({ widens }) => widens);
  if (widening.length === 0) return `No single edit of the policy allows this.\n${describeExplanation(explanation, loaded)}`;
  return [describeExplanation(explanation, loaded), 'Nothing was changed. A person could make one of these edits:', ...widening.map((change) => describeChange(change, loaded))].join('\n\n');
}

function describeChange({ title, edit, file }: PolicyChange, loaded: LoadedPolicy): string {
  const source = file === undefined ? loaded.file?.checked : loaded.sources.find(({ path }) => path === file)?.checked;
  const name = printable(file ?? loaded.file?.path ?? 'a new policy', MAX_TARGET);
  if (!source) return `${title} (${name})`;
  const before = source.syntax.text;
  return `${title} (${name})\n${changedLines(before, applyEdit(before, edit)).join('\n')}`;
}

/** The lines between what both texts begin and end with: an edit of one entry has no more. */
function changedLines(before: string, after: string): string[] {
  const [old, fresh] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start++;
  let end = 0;
  while (end < old.length - start && end < fresh.length - start && old[old.length - 1 - end] === fresh[fresh.length - 1 - end]) end++;
  const lines = (mark: string, text: readonly string[]): string[] => text.slice(start, text.length - end).map((line) => `${mark} ${printable(line, MAX_TARGET)}`);
  return [...lines('-', old), ...lines('+', fresh)];
}

function textsOf(loaded: LoadedPolicy | undefined): PolicyTexts {
  return { ...(loaded?.file && { main: { name: loaded.file.path, syntax: loaded.file.checked.syntax } }), sources: loaded?.sources ?? [] };
}
