import * as vscode from 'vscode';

import { COMMANDS } from './command-ids';

interface Action extends vscode.QuickPickItem {
  readonly command: string;
}

/** What the status bar item offers. */
export async function showActions(): Promise<void> {
  const chosen = await vscode.window.showQuickPick(actions(), { title: vscode.l10n.t('Sandbox') });
  if (chosen) await vscode.commands.executeCommand(chosen.command);
}

function actions(): Action[] {
  return [
    { label: `$(shield) ${vscode.l10n.t('New Sandboxed Terminal')}`, command: COMMANDS.newTerminal },
    { label: `$(tools) ${vscode.l10n.t('Run a Task in the Sandbox…')}`, command: COMMANDS.runTask },
    { label: `$(go-to-file) ${vscode.l10n.t('Open Policy')}`, command: COMMANDS.openPolicy },
    { label: `$(arrow-swap) ${vscode.l10n.t('Switch Policy…')}`, command: COMMANDS.switchPolicy },
    { label: `$(record) ${vscode.l10n.t('Record a Policy…')}`, command: COMMANDS.recordPolicy },
    { label: `$(json) ${vscode.l10n.t('Show Effective Policy')}`, command: COMMANDS.showEffectivePolicy },
    { label: `$(list-tree) ${vscode.l10n.t('Show Violations')}`, command: COMMANDS.showViolations },
    { label: `$(graph) ${vscode.l10n.t('Show Statistics')}`, command: COMMANDS.showStatistics },
    { label: `$(checklist) ${vscode.l10n.t('Check Prerequisites')}`, command: COMMANDS.checkPrerequisites },
    { label: `$(mortar-board) ${vscode.l10n.t('Get Started')}`, command: COMMANDS.showWalkthrough },
    { label: `$(output) ${vscode.l10n.t('Show Log')}`, command: COMMANDS.showLog },
  ];
}
