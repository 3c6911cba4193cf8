import { defaultPolicyPath, describePosition, readPolicyText } from '../host/policy-file';
import { validatePolicy, type Problem, type Severity } from '../policy';
import type { Output, Style } from './output';

/** `srt check [FILE] [--json]`: exit 1 if something is an error. */
export function checkCommand(file: string | undefined, options: Readonly<Record<string, unknown>>, output: Output): number {
  const path = file ?? defaultPolicyPath();
  const text = readPolicyText(path, true) ?? '';
  const { problems } = validatePolicy(text);
  if (options['json'] === true) output.result(JSON.stringify(problems.map((problem) => toJson(path, text, problem)), null, 2));
  else printProblems(path, text, problems, output);
  return problems.some(({ severity }) => severity === 'error') ? 1 : 0;
}

function printProblems(path: string, text: string, problems: readonly Problem[], output: Output): void {
  for (const problem of problems) output.result(describe(path, text, problem, output.resultStyle));
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const style = output.resultStyle;
  if (problems.length === 0) output.result(`${style.green('✓')} ${path}: no problems`);
  else output.result(`\n${count(errors, 'error')}, ${count(problems.length - errors, 'other finding')} in ${path}`);
}

function describe(path: string, text: string, { range, severity, code, message, fixes }: Problem, style: Style): string {
  const first = `${style.bold(`${path}:${describePosition(text, range.offset)}`)}  ${colorOf(severity, style)(severity)}  ${message}  ${style.dim(code)}`;
  const fix = fixes?.[0];
  return fix ? `${first}\n    ${style.dim(`fix: ${fix.title}`)}` : first;
}

function colorOf(severity: Severity, style: Style): (text: string) => string {
  return severity === 'error' ? style.red : severity === 'warning' ? style.yellow : style.cyan;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Line and column count from 1, the column in characters. */
function toJson(file: string, text: string, { code, severity, message, pointer, range, fixes }: Problem): object {
  const [line, column] = describePosition(text, range.offset).split(':').map(Number);
  return { file, line, column, severity, code, message, pointer: pointer ?? null, fixes: (fixes ?? []).map(({ title }) => title) };
}
