import type { Problem, RelatedPlace, Severity, TextRange } from 'sandbox-core/policy';
import { DiagnosticSeverity, type Diagnostic, type DiagnosticRelatedInformation, type Range } from 'vscode-languageserver-types';
import { TextDocument } from 'vscode-languageserver-textdocument';

import { POLICY_LANGUAGE, POLICY_SOURCE } from '../protocol';
import { uriOf } from '../policy-place';

const SEVERITIES: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** As many of one file as VS Code shows. */
const MAX_SHOWN = 1000;
const BY_WEIGHT: readonly Severity[] = ['error', 'warning', 'information', 'hint'];

/** @param pageOf where a code is explained */
export function problemDiagnostics(document: TextDocument, problems: readonly Problem[], pageOf: (code: string) => string | undefined = () => undefined): Diagnostic[] {
  if (problems.length <= MAX_SHOWN) return toDiagnostics(document, problems, pageOf);
  const gravest = BY_WEIGHT.flatMap((severity) => problems.filter((problem) => problem.severity === severity)).slice(0, MAX_SHOWN);
  const rest = problems.length - gravest.length;
  const message = `${rest} more problems of this policy, none graver than those that are shown; "srt check" lists all`;
  return [{ range: toRange(document, { offset: 0, length: 1 }), severity: DiagnosticSeverity.Information, source: POLICY_SOURCE, message }, ...toDiagnostics(document, gravest, pageOf)];
}

function toDiagnostics(document: TextDocument, problems: readonly Problem[], pageOf: (code: string) => string | undefined): Diagnostic[] {
  return problems.map((problem) => {
    const href = pageOf(problem.code);
    return {
      range: toRange(document, problem.range),
      severity: SEVERITIES[problem.severity],
      code: problem.code,
      ...(href !== undefined && { codeDescription: { href } }),
      source: POLICY_SOURCE,
      message: problem.message,
      ...(problem.related && { relatedInformation: problem.related.map(relatedInformation) }),
    };
  });
}

function relatedInformation({ file, text, range, message }: RelatedPlace): DiagnosticRelatedInformation {
  const uri = uriOf(file);
  return { location: { uri, range: toRange(TextDocument.create(uri, POLICY_LANGUAGE, 0, text), range) }, message };
}

export function toRange(document: TextDocument, { offset, length }: TextRange): Range {
  return { start: document.positionAt(offset), end: document.positionAt(offset + length) };
}
