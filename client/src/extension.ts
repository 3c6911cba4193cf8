import * as vscode from 'vscode';

import { registerLanguageModelTools } from './agent/language-model-tools';
import { createAskPrompt } from './ask/ask-prompt';
import { registerCommands } from './commands';
import { createDoctor } from './doctor/doctor';
import { createDoctorView } from './doctor/doctor-view';
import { createEffectivePolicy } from './effective-policy';
import { registerFileDecorations } from './file-decorations';
import { createLanguageClient } from './language-client';
import { registerMcpProvider } from './mcp-provider';
import { registerPresetPreview } from './policies/preset-preview';
import { registerProposalTexts } from './policies/proposal-texts';
import { followBaselines } from './policy-diff';
import { followPolicyFiles } from './policy-files';
import { registerPolicyTests } from './policy-tests';
import { createSandboxes } from './sandboxes';
import { createSrtRunner } from './srt-cli';
import { createStatisticsPage } from './statistics/statistics-page';
import { createStatusItem } from './status-item';
import { registerTaskProvider } from './task-provider';
import { registerTerminalProfile } from './terminal-profile';
import { registerViolationLinks } from './violation-links';
import { createViolationLog } from './violation-log';
import { forwardViolations } from './violations';
import { ViolationsView } from './violations-view';

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('srt', { log: true });
  const shellFiles = context.asAbsolutePath('client/shells');
  const srt = createSrtRunner(context);
  const language = createLanguageClient(context, log);
  const sandboxes = createSandboxes(context, log, createAskPrompt(log));
  const violations = createViolationLog(sandboxes);
  const view = new ViolationsView(violations);
  const doctor = createDoctor(srt);
  const statistics = createStatisticsPage(context, violations, srt);
  const effective = createEffectivePolicy(language);
  context.subscriptions.push(
    effective,
    followPolicyFiles(),
    followBaselines(language),
    registerPolicyTests(srt),
    registerPresetPreview(),
    registerProposalTexts(),
    registerFileDecorations(language),
    language,
    sandboxes,
    violations,
    view,
    doctor,
    createDoctorView(doctor),
    statistics,
    registerViolationLinks(violations),
    createStatusItem(sandboxes, violations),
    forwardViolations(sandboxes, language),
    registerTerminalProfile(sandboxes, shellFiles),
    registerTaskProvider(sandboxes),
    registerMcpProvider(context),
    registerLanguageModelTools(context, sandboxes),
    ...registerCommands({ extensionId: context.extension.id, shellFiles, sandboxes, view, doctor, statistics, language, effective, log }),
    log,
  );
}

export function deactivate(): void {
  // Everything is in the context's subscriptions.
}
