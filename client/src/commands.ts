import type { ShowDiffArguments, TryTargetArguments, ViolationsLensArguments } from 'srt-language-server/protocol';
import * as vscode from 'vscode';

import { COMMANDS } from './command-ids';
import { explainViolation, explainViolations, tryTarget, whichRule } from './covering-rules';
import type { Doctor, Finding } from './doctor/doctor';
import { copyRemedy, DOCTOR_VIEW } from './doctor/doctor-view';
import type { EffectivePolicy } from './effective-policy';
import type { PolicyLanguageClient } from './language-client';
import { activeFolder, choosePolicy } from './policy-choice';
import { showDiff } from './policy-diff';
import { runTaskInSandbox } from './run-task';
import type { Sandboxes } from './sandboxes';
import { showActions } from './actions-menu';
import type { StatisticsPage } from './statistics/statistics-page';
import { openSandboxedTerminal, reopenOutside, tryRefusal } from './terminal-profile';
import { allowForSession, allowViolation, copyViolation, ignoreViolation } from './violation-actions';
import type { LoggedViolation } from './violation-log';
import { GROUPINGS, VIOLATIONS_VIEW, type ViolationsView } from './violations-view';

export interface CommandContext {
  readonly extensionId: string;
  readonly shellFiles: string;
  readonly sandboxes: Sandboxes;
  readonly view: ViolationsView;
  readonly doctor: Doctor;
  readonly statistics: StatisticsPage;
  readonly language: PolicyLanguageClient;
  readonly effective: EffectivePolicy;
  readonly log: vscode.LogOutputChannel;
}

const onDemand = async () => import('./on-demand.js');

/** Those of the violations view get the node they are invoked on; those of code lenses what the server says of them. */
export function registerCommands({ extensionId, shellFiles, sandboxes, view, doctor, statistics, language, effective, log }: CommandContext): vscode.Disposable[] {
  const handlers: Readonly<Record<keyof typeof COMMANDS, (argument: never) => unknown>> = {
    newTerminal: () => openSandboxedTerminal(sandboxes, shellFiles),
    reopenOutside: () => reopenOutside(),
    tryRefusal: () => tryRefusal(sandboxes, shellFiles),
    runTask: () => runTaskInSandbox(sandboxes),
    openPolicy: () => openPolicy(),
    createPolicy: async () => (await onDemand()).createPolicy(),
    recordPolicy: async () => (await onDemand()).recordPolicy(sandboxes, log),
    switchPolicy: async () => (await onDemand()).switchPolicy(),
    showEffectivePolicy: () => effective.show(),
    showDiff: (found: ShowDiffArguments | undefined) => showDiff(language, found),
    showActions: () => showActions(),
    showWalkthrough: () => vscode.commands.executeCommand('workbench.action.openWalkthrough', `${extensionId}#srt.start`, false),
    checkPrerequisites: () => checkPrerequisites(doctor),
    copyRemedy,
    showStatistics: () => statistics.show(),
    sandboxMcpServer: async () => (await onDemand()).sandboxMcpServer(),
    importAgentSandbox: async () => (await onDemand()).importAgentSandbox(),
    showViolations: () => vscode.commands.executeCommand(`${VIOLATIONS_VIEW}.focus`),
    clearViolations: () => sandboxes.clearViolations(),
    openRule: async (logged: LoggedViolation) => (await onDemand()).openRule(logged),
    explainViolation: (logged: LoggedViolation) => explainViolation(language, logged),
    allowViolation: (logged: LoggedViolation) => allowViolation(logged, sandboxes),
    allowForSession: (logged: LoggedViolation) => allowForSession(logged, sandboxes),
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

async function checkPrerequisites(doctor: Doctor): Promise<readonly Finding[]> {
  await vscode.commands.executeCommand(`${DOCTOR_VIEW}.focus`);
  return doctor.check();
}

async function chooseGrouping(view: ViolationsView): Promise<void> {
  const names = { rule: vscode.l10n.t('By rule'), command: vscode.l10n.t('By command'), target: vscode.l10n.t('By host or directory') };
  const chosen = await vscode.window.showQuickPick(GROUPINGS.map((grouping) => ({ label: names[grouping], grouping })));
  if (chosen) view.groupBy(chosen.grouping);
}

/** Opens the policy in force; where there is none, one is made. */
async function openPolicy(): Promise<void> {
  const { path } = choosePolicy(activeFolder());
  if (path === undefined) await (await onDemand()).createPolicy();
  else await vscode.window.showTextDocument(vscode.Uri.file(path));
}
