import type { Violation } from 'sandbox-core/policy';
import * as vscode from 'vscode';

import type { PolicyLanguageClient } from './language-client';
import type { Sandboxes } from './sandboxes';
import type { SandboxViolations } from './violation-store';

/** Hands what the sandboxes refused to the language server, which shows it on the rules that refused it: in the policy, or in a file that it extends. */
export function forwardViolations(sandboxes: Sandboxes, language: PolicyLanguageClient): vscode.Disposable {
  const reported = new Map<string, Set<string>>();
  const bySession = new Map<string, SandboxViolations>();
  return sandboxes.onViolations((told) => {
    const { policy, home } = told;
    bySession.set(told.session, told);
    if (policy.path === undefined) return;
    // Several sessions may be under one policy: a terminal's, an agent's, one that keeps an earlier text.
    const violations = [...bySession.values()].filter((other) => other.policy.path === policy.path).flatMap((other) => other.violations);
    const byFile = groupByFile(violations, policy.path);
    const files = new Set([policy.path, ...byFile.keys(), ...(reported.get(policy.path) ?? [])]);
    reported.set(policy.path, files);
    for (const file of files) void language.reportViolations({ uri: vscode.Uri.file(file).toString(), violations: byFile.get(file) ?? [], ...(file === policy.path && { context: { base: policy.directory, home } }) });
  });
}

/** A preset has no file to show anything in: what it refused stands in the policy that extends it. */
function groupByFile(violations: readonly Violation[], main: string): Map<string, Violation[]> {
  const groups = new Map<string, Violation[]>();
  for (const violation of violations) {
    const named = violation.rule.kind === 'policy' ? violation.rule.file : undefined;
    const file = named === undefined || named.startsWith('preset:') ? main : named;
    groups.set(file, [...(groups.get(file) ?? []), violation]);
  }
  return groups;
}
