import type { Problem, Severity, TextRange } from 'sandbox-core/policy';
import { DiagnosticSeverity, type Diagnostic, type Range } from 'vscode-languageserver-types';
import type { TextDocument } from 'vscode-languageserver-textdocument';

import { POLICY_SOURCE } from '../protocol';

const SEVERITIES: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** @param pageOf where a code is explained */
export function problemDiagnostics(document: TextDocument, problems: readonly Problem[], pageOf: (code: string) => string | undefined = () => undefined): Diagnostic[] {
  return problems.map((problem) => {
    const href = pageOf(problem.code);
    return {
      range: toRange(document, problem.range),
      severity: SEVERITIES[problem.severity],
      code: problem.code,
      ...(href !== undefined && { codeDescription: { href } }),
      source: POLICY_SOURCE,
      message: problem.message,
    };
  });
}

export function toRange(document: TextDocument, { offset, length }: TextRange): Range {
  return { start: document.positionAt(offset), end: document.positionAt(offset + length) };
}
