import { textEdits, violationFixes, type Fix, type Problem, type Violation, type PolicySyntax, type TextRange } from 'sandbox-core/policy';
import { CodeActionKind, type CodeAction, type Diagnostic, type Range, type TextEdit } from 'vscode-languageserver-types';
import type { TextDocument } from 'vscode-languageserver-textdocument';

import { problemDiagnostics, toRange } from './problems';
import { violationDiagnostics, violationRange } from './violations';

export interface CodeActionContext {
  readonly document: TextDocument;
  readonly syntax: PolicySyntax;
  readonly problems: readonly Problem[];
  readonly violations: readonly Violation[];
}

/** Quick fixes of the problems and violations that the range touches. */
export function codeActions(context: CodeActionContext, range: Range): CodeAction[] {
  const { document, syntax, problems, violations } = context;
  const wanted = { from: document.offsetAt(range.start), to: document.offsetAt(range.end) };
  const touches = ({ offset, length }: TextRange): boolean => offset <= wanted.to && offset + length >= wanted.from;
  const fromProblems = problems
    .filter((problem) => touches(problem.range))
    .flatMap((problem) => (problem.fixes ?? []).map((fix) => toAction(document, fix, problemDiagnostics(document, [problem]))));
  const fromViolations = violations
    .filter((violation) => touches(violationRange(syntax, violation)))
    .flatMap((violation) => violationFixes(violation).map((fix) => toAction(document, fix, violationDiagnostics(document, syntax, [violation]))));
  return withoutRepeats([...fromProblems, ...fromViolations]);
}

function toAction(document: TextDocument, { title, edit, preferred }: Fix, diagnostics: Diagnostic[]): CodeAction {
  const edits = textEdits(document.getText(), edit).map(({ offset, length, content }): TextEdit => ({ range: toRange(document, { offset, length }), newText: content }));
  return { title, kind: CodeActionKind.QuickFix, diagnostics, isPreferred: preferred, edit: { changes: { [document.uri]: edits } } };
}

/** Several violations of one rule offer the same removal. */
function withoutRepeats(actions: readonly CodeAction[]): CodeAction[] {
  return [...new Map(actions.map((action) => [`${action.title}\0${JSON.stringify(action.edit)}`, action])).values()];
}
