import * as vscode from 'vscode';

import { registerCommands } from './commands';
import { createLanguageClient } from './language-client';
import { createSandboxes } from './sandboxes';
import { createStatusItem } from './status-item';
import { registerTaskProvider } from './task-provider';
import { registerTerminalProfile } from './terminal-profile';
import { forwardViolations } from './violations';

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('srt', { log: true });
  const language = createLanguageClient(context, log);
  const sandboxes = createSandboxes(context, log);
  context.subscriptions.push(
    log,
    language,
    sandboxes,
    createStatusItem(sandboxes),
    forwardViolations(sandboxes, language),
    registerTerminalProfile(sandboxes),
    registerTaskProvider(sandboxes),
    ...registerCommands({ sandboxes, log }),
  );
}

export function deactivate(): void {
  // Everything is in the context's subscriptions.
}
