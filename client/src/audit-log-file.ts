import { homedir } from 'node:os';
import { join } from 'node:path';

import * as vscode from 'vscode';

/** Where sessions are recorded, if the user wants them to be. */
export function auditLogFile(): string | undefined {
  const file = vscode.workspace.getConfiguration('srt').get<string>('auditLog', '').trim();
  if (file === '') return undefined;
  return file.startsWith('~/') ? join(homedir(), file.slice(2)) : file;
}
