import { describePosition, MAX_SHOWN_PATH, printable, type Problem, type Severity } from '../policy';
import type { Output, Style } from './output';
import { sarifLog } from './sarif';

export type ReportFormat = 'text' | 'json' | 'sarif' | 'github';

export const REPORT_FORMATS: readonly ReportFormat[] = ['text', 'json', 'sarif', 'github'];

/**
 * A file, its text as it is now, and what is wrong with it.
 *
 * @property failure why it could not be read, or its fixes not be written: "does not exist."
 */
export interface CheckedFile {
  readonly path: string;
  readonly text: string;
  readonly problems: readonly Problem[];
  readonly failure?: string;
}

/** Of a long line only the part around the problem is shown. */
const SHOWN_BEFORE = 40;
const SHOWN_LINE = 100;

export function report(files: readonly CheckedFile[], format: ReportFormat, output: Output): void {
  switch (format) {
    case 'json':
      return output.result(JSON.stringify(files.flatMap((file) => [...failureToJson(file), ...file.problems.map((problem) => toJson(file, problem))]), null, 2));
    case 'sarif':
      return output.result(JSON.stringify(sarifLog(files), null, 2));
    case 'github':
      for (const file of files) for (const line of [...failureAnnotation(file), ...file.problems.map((problem) => annotation(file, problem))]) output.result(line);
      return;
    case 'text':
      return printFiles(files, output);
  }
}

function printFiles(files: readonly CheckedFile[], output: Output): void {
  const style = output.resultStyle;
  for (const file of files) {
    for (const problem of file.problems) output.result(describe(file, problem, style));
    const errors = file.problems.filter(({ severity }) => severity === 'error').length;
    if (file.problems.length === 0 && file.failure !== undefined) continue; // which is said on stderr
    if (file.problems.length === 0) output.result(`${style.green('✓')} ${printable(file.path, MAX_SHOWN_PATH)}: no problems`);
    else output.result(`\n${count(errors, 'error')}, ${count(file.problems.length - errors, 'other finding')} in ${printable(file.path, MAX_SHOWN_PATH)}; srt check --explain CODE says more`);
  }
}

function describe({ path, text }: CheckedFile, { range, severity, code, message, fixes }: Problem, style: Style): string {
  const place = describePosition(text, range.offset);
  const first = `${style.bold(`${printable(path, MAX_SHOWN_PATH)}:${place}`)}  ${colorOf(severity, style)(severity)}  ${message}  ${style.dim(code)}`;
  const fix = fixes?.[0];
  return [first, ...sourceLines(text, range, severity, style), ...(fix ? [`    ${style.dim(`fix: ${fix.title}${fix.preferred ? ' (--fix does it)' : ''}`)}`] : [])].join('\n');
}

/** The line with the problem, and a mark below it. */
function sourceLines(text: string, { offset, length }: Problem['range'], severity: Severity, style: Style): string[] {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset);
  const line = text.slice(start, end === -1 ? undefined : end).replace(/\r$/, '');
  const from = Math.max(0, Math.min(offset - start - SHOWN_BEFORE, line.length - SHOWN_LINE));
  const shown = line.slice(from, from + SHOWN_LINE);
  const column = offset - start - from;
  const marked = Math.max(1, Math.min(length, shown.length - column));
  const gutter = String(text.slice(0, offset).split('\n').length).padStart(5);
  const clean = (part: string): string => printable(part.replaceAll('\t', ' '), SHOWN_LINE);
  const mark = ' '.repeat(Array.from(clean(shown.slice(0, column))).length) + colorOf(severity, style)('^'.repeat(Array.from(clean(shown.slice(column, column + marked))).length || 1));
  return [`${style.dim(`${gutter} |`)} ${clean(shown)}`, `${style.dim(`${' '.repeat(gutter.length)} |`)} ${mark}`];
}

function colorOf(severity: Severity, style: Style): (text: string) => string {
  return severity === 'error' ? style.red : severity === 'warning' ? style.yellow : style.cyan;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Line and column count from 1, the column in characters. */
function toJson({ path, text }: CheckedFile, { code, severity, message, pointer, range, fixes }: Problem): object {
  const [line, column] = describePosition(text, range.offset).split(':').map(Number);
  return { file: path, line, column, severity, code, message, pointer: pointer ?? null, fixes: (fixes ?? []).map(({ title }) => title) };
}

/** No problem of a policy, so without a code, and at no place. */
function failureToJson({ path, failure }: CheckedFile): object[] {
  return failure === undefined ? [] : [{ file: path, line: null, column: null, severity: 'error', code: null, message: failure, pointer: null, fixes: [] }];
}

function failureAnnotation({ path, failure }: CheckedFile): string[] {
  return failure === undefined ? [] : [`::error file=${escapeProperty(path)}::${escapeData(`${path} ${failure}`)}`];
}

/** A workflow command of GitHub Actions: https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
function annotation({ path, text }: CheckedFile, { code, severity, message, range }: Problem): string {
  const level = severity === 'error' || severity === 'warning' ? severity : 'notice';
  const [line, column] = describePosition(text, range.offset).split(':');
  const [endLine, endColumn] = describePosition(text, range.offset + range.length).split(':');
  const columns = line === endLine ? `,col=${column},endColumn=${endColumn}` : '';
  return `::${level} file=${escapeProperty(path)},line=${line},endLine=${endLine}${columns},title=${escapeProperty(code)}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
