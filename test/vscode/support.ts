import { appendFileSync } from 'node:fs';
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

/** What a person would answer: inside the extension host nobody can click or type. */
type Answers = Readonly<Partial<Record<'showInputBox' | 'showQuickPick' | 'showInformationMessage' | 'showWarningMessage' | 'showErrorMessage', (...asked: never[]) => unknown>>>;

/** Does something while questions are answered so. */
export async function answering<Result>(answers: Answers, act: () => Promise<Result>): Promise<Result> {
  const window = vscode.window as unknown as Record<string, unknown>; // the extension under test uses the same object
  const before = Object.keys(answers).map((name) => [name, window[name]] as const);
  for (const [name, answer] of Object.entries(answers)) window[name] = (...asked: never[]) => Promise.resolve(answer(...asked));
  try {
    return await act();
  } finally {
    for (const [name, original] of before) window[name] = original;
  }
}

/** The entry of a list to choose from whose label ends so. */
export function entryNamed<Item extends vscode.QuickPickItem>(items: readonly Item[], ending: string): Item {
  const found = items.find(({ label }) => label.endsWith(ending));
  if (!found) throw new Error(`${ending} is not among ${items.map(({ label }) => label).join(', ')}`);
  return found;
}

/** Skips the test; the reason is in the report. */
export function skip(context: Mocha.Context, reason: string): void {
  note(context.test?.parent?.title ?? '', `skipped: ${reason}`);
  context.skip();
}

/** A line in the report of the runner. */
export function note(suite: string, title: string): void {
  const results = process.env['EXT_TEST_RESULTS'];
  if (results !== undefined) appendFileSync(results, `${JSON.stringify({ event: 'note', suites: [suite], title })}\n`);
}
