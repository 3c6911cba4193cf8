import type { ShowDiffArguments, TryTargetArguments, ViolationsLensArguments } from 'srt-language-server/protocol';
import * as vscode from 'vscode';

import { COMMANDS } from './command-ids';
import { explainViolations, tryTarget, whichRule } from './covering-rules';
import type { EffectivePolicy } from './effective-policy';
import type { PolicyLanguageClient } from './language-client';
import { openRule } from './open-rule';
import { choosePolicy } from './policy-choice';
import { showDiff } from './policy-diff';
import { runTaskInSandbox } from './run-task';
import type { Sandboxes } from './sandboxes';
import { showActions } from './actions-menu';
import { openSandboxedTerminal } from './terminal-profile';
import { allowViolation, copyViolation, ignoreViolation } from './violation-actions';
import { GROUPINGS, VIOLATIONS_VIEW, type ViolationsView } from './violations-view';

export interface CommandContext {
  readonly sandboxes: Sandboxes;
  readonly view: ViolationsView;
  readonly language: PolicyLanguageClient;
  readonly effective: EffectivePolicy;
  readonly log: vscode.LogOutputChannel;
}

/** Those of the violations view get the node they are invoked on; those of code lenses what the server says of them. */
export function registerCommands({ sandboxes, view, language, effective, log }: CommandContext): vscode.Disposable[] {
  const handlers: Readonly<Record<keyof typeof COMMANDS, (argument: never) => unknown>> = {
    newTerminal: () => openSandboxedTerminal(sandboxes),
    runTask: () => runTaskInSandbox(sandboxes),
    openPolicy: () => openPolicy(),
    showEffectivePolicy: () => effective.show(),
    showDiff: (found: ShowDiffArguments | undefined) => showDiff(language, found),
    showActions: () => showActions(),
    showViolations: () => vscode.commands.executeCommand(`${VIOLATIONS_VIEW}.focus`),
    clearViolations: () => sandboxes.clearViolations(),
    openRule,
    allowViolation,
    ignoreViolation,
    copyViolation,
    groupViolations: () => chooseGrouping(view),
    explainViolations: (found: ViolationsLensArguments) => explainViolations(language, found),
    tryTarget: (asked?: TryTargetArguments) => tryTarget(language, asked),
    whichRule: (file?: vscode.Uri) => whichRule(language, file),
    showLog: () => log.show(),
  };
  return Object.entries(handlers).map(([name, handler]) => vscode.commands.registerCommand(COMMANDS[name as keyof typeof COMMANDS], handler)); // the keys of handlers
}

async function chooseGrouping(view: ViolationsView): Promise<void> {
  const names = { rule: vscode.l10n.t('By rule'), command: vscode.l10n.t('By command'), target: vscode.l10n.t('By host or directory') };
  const chosen = await vscode.window.showQuickPick(GROUPINGS.map((grouping) => ({ label: names[grouping], grouping })));
  if (chosen) view.groupBy(chosen.grouping);
}

/** Opens the policy in force; where there is none, an unsaved one to begin with. */
async function openPolicy(): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0];
  const { path, directory } = choosePolicy(folder);
  if (path !== undefined) {
    await vscode.window.showTextDocument(vscode.Uri.file(path));
    return;
  }
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(`${directory}/.srt-settings.json`).with({ scheme: 'untitled' }));
  const editor = await vscode.window.showTextDocument(document);
  await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), STARTER_POLICY));
}

const STARTER_POLICY = `{
  "network": {
    "allowedDomains": [],
    "deniedDomains": []
  },
  "filesystem": {
    "denyRead": ["~/.ssh", "~/.aws", "~/.gnupg"],
    "allowWrite": ["."],
    "denyWrite": []
  }
}
`;
