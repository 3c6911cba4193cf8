import * as vscode from 'vscode';

import { registerCommands } from './commands';
import { createLanguageClient } from './language-client';
import { createSandboxes } from './sandboxes';
import { createStatusItem } from './status-item';
import { registerTaskProvider } from './task-provider';
import { registerTerminalProfile } from './terminal-profile';
import { createViolationLog } from './violation-log';
import { registerViolationLinks } from './violation-links';
import { forwardViolations } from './violations';
import { ViolationsView } from './violations-view';

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('srt', { log: true });
  const language = createLanguageClient(context, log);
  const sandboxes = createSandboxes(context, log);
  const violations = createViolationLog(sandboxes);
  const view = new ViolationsView(violations);
  context.subscriptions.push(
    log,
    language,
    sandboxes,
    violations,
    view,
    registerViolationLinks(violations),
    createStatusItem(sandboxes),
    forwardViolations(sandboxes, language),
    registerTerminalProfile(sandboxes),
    registerTaskProvider(sandboxes),
    ...registerCommands({ sandboxes, view, language, log }),
  );
}

export function deactivate(): void {
  // Everything is in the context's subscriptions.
}
