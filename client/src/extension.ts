import * as vscode from 'vscode';

import { registerCommands } from './commands';
import { createEffectivePolicy } from './effective-policy';
import { createLanguageClient } from './language-client';
import { registerMcpProvider } from './mcp-provider';
import { followBaselines } from './policy-diff';
import { followPolicyFiles } from './policy-files';
import { registerPolicyTests } from './policy-tests';
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
  const effective = createEffectivePolicy(language);
  context.subscriptions.push(
    log,
    effective,
    followPolicyFiles(),
    followBaselines(language),
    registerPolicyTests(context),
    language,
    sandboxes,
    violations,
    view,
    registerViolationLinks(violations),
    createStatusItem(sandboxes),
    forwardViolations(sandboxes, language),
    registerTerminalProfile(sandboxes),
    registerTaskProvider(sandboxes),
    registerMcpProvider(context),
    ...registerCommands({ sandboxes, view, language, effective, log }),
  );
}

export function deactivate(): void {
  // Everything is in the context's subscriptions.
}
