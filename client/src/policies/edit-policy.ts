import { textEdits, type PolicyEdit } from 'sandbox-core/policy';
import * as vscode from 'vscode';

import type { PolicyChoice } from '../policy-choice';

/** Edits the policy in its editor, so that it can be undone. Saved only where the user has said so. */
export async function editPolicyFile({ path }: PolicyChoice, edit: PolicyEdit, then: 'show' | 'save'): Promise<void> {
  if (path === undefined) return;
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(path));
  const changes = new vscode.WorkspaceEdit();
  for (const { offset, length, content } of textEdits(document.getText(), edit)) {
    changes.replace(document.uri, new vscode.Range(document.positionAt(offset), document.positionAt(offset + length)), content);
  }
  await vscode.workspace.applyEdit(changes);
  if (then === 'save') await document.save();
  else await vscode.window.showTextDocument(document);
}
