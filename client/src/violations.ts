import * as vscode from 'vscode';

import type { PolicyLanguageClient } from './language-client';
import type { Sandboxes } from './sandboxes';

/** Hands what the sandboxes refused to the language server, which shows it on the rules that refused it. */
export function forwardViolations(sandboxes: Sandboxes, language: PolicyLanguageClient): vscode.Disposable {
  return sandboxes.onViolations(({ policy, home, violations }) => {
    if (policy.path === undefined) return;
    const uri = vscode.Uri.file(policy.path).toString();
    void language.reportViolations({ uri, violations, context: { base: policy.directory, home } });
  });
}
