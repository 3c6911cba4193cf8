import { textEdits, toPointer, violationFixes, type PolicyEdit } from 'sandbox-core/policy';
import * as vscode from 'vscode';

import { describePolicy } from './policy-choice';
import type { LoggedViolation } from './violation-log';

/** Offers what would let the same thing pass next time. The policy is edited, not saved: a wider policy is looked at first. */
export async function allowViolation(logged: LoggedViolation): Promise<void> {
  const chosen = await vscode.window.showQuickPick(
    violationFixes(logged.violation).map((fix) => ({ label: fix.title, fix })),
    { title: vscode.l10n.t('Change {0}', describePolicy(logged.policy)), placeHolder: vscode.l10n.t('The policy is edited, not saved: look at it before you save') },
  );
  if (chosen) await editPolicy(logged, chosen.fix.edit);
}

/** srt: ignoreViolations. The operation stays refused; it is only not reported any more. */
export async function ignoreViolation(logged: LoggedViolation): Promise<void> {
  await editPolicy(logged, { kind: 'append', pointer: toPointer(['ignoreViolations', '*']), value: logged.violation.target });
}

export async function copyViolation({ violation }: LoggedViolation): Promise<void> {
  await vscode.env.clipboard.writeText(JSON.stringify(violation, null, 2));
}

async function editPolicy({ policy }: LoggedViolation, edit: PolicyEdit): Promise<void> {
  if (policy.path === undefined) return;
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(policy.path));
  const changes = new vscode.WorkspaceEdit();
  for (const { offset, length, content } of textEdits(document.getText(), edit)) {
    changes.replace(document.uri, new vscode.Range(document.positionAt(offset), document.positionAt(offset + length)), content);
  }
  await vscode.workspace.applyEdit(changes);
  await vscode.window.showTextDocument(document);
}
