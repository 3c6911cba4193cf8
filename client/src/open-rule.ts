import { parsePolicy, rangeAt, type PolicyPointer } from 'sandbox-core/policy';
import * as vscode from 'vscode';

import type { LoggedViolation } from './violation-log';

/** Shows the rule that refused, where it stands in the policy now. */
export async function openRule({ violation, policy }: LoggedViolation): Promise<void> {
  if (policy.path === undefined) {
    void vscode.window.showInformationMessage(vscode.l10n.t('The default policy refused this. Create a policy to change that.'));
    return;
  }
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(policy.path));
  const editor = await vscode.window.showTextDocument(document);
  // No part of a policy speaks of system calls.
  const range = violation.kind === 'system-call' ? new vscode.Range(0, 0, 0, 0) : ruleRange(document, violation.rule.kind === 'built-in' ? `/${violation.kind}` : violation.rule.pointer);
  editor.selection = new vscode.Selection(range.start, range.end);
  editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

function ruleRange(document: vscode.TextDocument, pointer: string): vscode.Range {
  const { root } = parsePolicy(document.getText());
  if (!root) return new vscode.Range(0, 0, 0, 0);
  const { offset, length } = rangeAt(root, pointer as PolicyPointer); // written by the engine, which took it from a policy
  return new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
}
