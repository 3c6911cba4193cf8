import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';

import type { PolicyEdit } from 'sandbox-core/policy';
import * as vscode from 'vscode';

/** Tells one state of a policy's files, and of what was granted beside them, from another. */
export function fingerprintOf(files: readonly string[], grants: readonly PolicyEdit[]): string {
  const hash = createHash('sha256').update(JSON.stringify(grants));
  for (const file of files) hash.update(`\0${file}\0`).update(textOf(file));
  return hash.digest('hex');
}

/** Calls back after any of the files was written; they may lie outside of the workspace. */
export function watchFiles(files: readonly string[], changed: () => void): vscode.Disposable {
  const watchers = files.map((file) => vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(vscode.Uri.file(dirname(file)), basename(file)), false, false, true));
  const saved = vscode.workspace.onDidSaveTextDocument(({ uri }) => files.includes(uri.fsPath) && changed()); // the watcher may take seconds
  return vscode.Disposable.from(saved, ...watchers, ...watchers.flatMap((watcher) => [watcher.onDidChange(changed), watcher.onDidCreate(changed)]));
}

/** Opening or updating the session says what is wrong with a file that cannot be read. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
