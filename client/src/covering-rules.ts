import type { CoveringRule, CoveringRulesParams, TryTargetArguments, ViolationsLensArguments } from 'srt-language-server/protocol';
import * as vscode from 'vscode';

import type { PolicyLanguageClient } from './language-client';
import { choosePolicy } from './policy-choice';
import type { LoggedViolation } from './violation-log';

/** "Why was this refused?": of the violations of one rule, the decision about the one that is chosen. */
export async function explainViolations(language: PolicyLanguageClient, { uri, targets }: ViolationsLensArguments): Promise<void> {
  const items = targets.map(({ operation, target }) => ({ label: target, description: operation }));
  const chosen = items.length === 1 ? items[0] : await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Explain which refusal?') });
  if (chosen) await explain(language, uri, chosen.label);
}

/** The same of one violation of the tree. */
export async function explainViolation(language: PolicyLanguageClient, { violation, policy }: LoggedViolation): Promise<void> {
  if (policy.path !== undefined) await explain(language, vscode.Uri.file(policy.path).toString(), violation.target);
}

/** "Try a path…": asks for a path or a host, and shows what a policy says of it. */
export async function tryTarget(language: PolicyLanguageClient, asked?: TryTargetArguments): Promise<void> {
  const uri = asked?.uri ?? policyInForce();
  if (uri === undefined) return;
  const isPath = asked?.block !== 'network';
  const target = await vscode.window.showInputBox({ title: vscode.l10n.t('What does the policy say of it?'), placeHolder: isPath ? './src, ~/.ssh, github.com:443' : 'github.com:443' });
  if (target !== undefined && target.trim() !== '') await explain(language, uri, target.trim());
}

/** "Which rule covers this file?", of the explorer's or the active editor's file. */
export async function whichRule(language: PolicyLanguageClient, selected?: vscode.Uri): Promise<void> {
  const file = selected ?? vscode.window.activeTextEditor?.document.uri;
  const uri = policyInForce(file);
  if (uri !== undefined && file?.scheme === 'file') await explain(language, uri, file.fsPath);
}

async function explain(language: PolicyLanguageClient, uri: string, target: string): Promise<void> {
  const params: CoveringRulesParams = { textDocument: { uri }, ...(/^[/~.]/.test(target) ? { path: target } : { host: target.replace(/^\w+ \w+:\/\//, '').replace(/\/.*$/, '') }) };
  const result = await language.coveringRules(params);
  if (!result) return void vscode.window.showWarningMessage(vscode.l10n.t('The policy has errors; nothing can be decided by it.'));
  const items = result.rules.map((rule) => ({ label: `$(${rule.outcome === 'allow' ? 'pass' : 'circle-slash'}) ${rule.operation}`, description: rule.reason, rule }));
  const chosen = await vscode.window.showQuickPick(items, { title: target, placeHolder: vscode.l10n.t('Choose one to see its rule') });
  if (chosen) await showRule(chosen.rule);
}

async function showRule({ location }: CoveringRule): Promise<void> {
  if (!location) return void vscode.window.showInformationMessage(vscode.l10n.t('This rule is built in; every policy has it.'));
  const { start, end } = location.range;
  await vscode.window.showTextDocument(vscode.Uri.parse(location.uri), { selection: new vscode.Range(start.line, start.character, end.line, end.character) });
}

function policyInForce(file?: vscode.Uri): string | undefined {
  const { path } = choosePolicy(file ? (vscode.workspace.getWorkspaceFolder(file) ?? vscode.workspace.workspaceFolders?.[0]) : vscode.workspace.workspaceFolders?.[0]);
  if (path === undefined) void vscode.window.showInformationMessage(vscode.l10n.t('There is no policy yet. Create one with "srt: Create Policy…".'));
  return path === undefined ? undefined : vscode.Uri.file(path).toString();
}
