import * as vscode from 'vscode';

import type { OpenSandbox, Sandboxes } from './sandboxes';

/** Opens the folder's sandbox; says why if it cannot be, and nothing runs then. */
export async function openOrExplain(sandboxes: Sandboxes, folder: vscode.WorkspaceFolder | undefined): Promise<OpenSandbox> {
  try {
    return await sandboxes.open(folder);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(vscode.l10n.t('Nothing was started in the sandbox: {0}', message));
    throw error;
  }
}
