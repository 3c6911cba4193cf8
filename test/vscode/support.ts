import { join } from 'node:path';

import * as vscode from 'vscode';

/** Resolves when an event's state satisfies a condition; the state may already do so. Mocha's timeout ends it otherwise. */
export async function until<State>(what: string, state: () => State, accepted: (state: State) => boolean, ...events: readonly vscode.Event<unknown>[]): Promise<State> {
  const first = state();
  if (accepted(first)) return first;
  return new Promise((resolve) => {
    const subscriptions = events.map((event) =>
      event(() => {
        const now = state();
        if (!accepted(now)) return;
        for (const subscription of subscriptions) subscription.dispose();
        resolve(now);
      }),
    );
    console.log(`waiting: ${what}`);
  });
}

export function workspacePath(...names: string[]): string {
  return join(vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '', ...names);
}

export const policyUri = (): vscode.Uri => vscode.Uri.file(workspacePath('.srt-settings.json'));

export function diagnosticsWhen(uri: vscode.Uri, accepted: (found: vscode.Diagnostic[]) => boolean): Promise<vscode.Diagnostic[]> {
  return until(`diagnostics of ${uri.path}`, () => vscode.languages.getDiagnostics(uri), accepted, vscode.languages.onDidChangeDiagnostics);
}

export function codeOf({ code }: vscode.Diagnostic): string {
  return String(typeof code === 'object' ? code.value : code);
}

/** Resolves with the exit status of the task when it has ended. */
export function endOfTask(name: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const subscription = vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => {
      if (execution.task.name !== name) return;
      subscription.dispose();
      resolve(exitCode);
    });
  });
}

export async function replaceText(document: vscode.TextDocument, text: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), text);
  await vscode.workspace.applyEdit(edit);
}
