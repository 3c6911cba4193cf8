import * as vscode from 'vscode';

import { openOrExplain } from './open-sandbox';
import { describePolicy } from './policy-choice';
import type { OpenSandbox, Sandboxes } from './sandboxes';

export const TERMINAL_PROFILE = 'srt.terminal';

/** The profile "Sandboxed (srt)" in the terminal's "+" menu. */
export function registerTerminalProfile(sandboxes: Sandboxes): vscode.Disposable {
  return vscode.window.registerTerminalProfileProvider(TERMINAL_PROFILE, {
    async provideTerminalProfile() {
      const options = terminalOptions(await openOrExplain(sandboxes, activeFolder()));
      showWhenOpened(options);
      return new vscode.TerminalProfile(options);
    },
  });
}

/** Remotely, VS Code looks for the terminal of a profile before it exists, and then leaves the panel closed. */
function showWhenOpened({ shellPath, shellArgs }: vscode.TerminalOptions): void {
  const subscription = vscode.window.onDidOpenTerminal((terminal) => {
    const { shellPath: openedPath, shellArgs: openedArgs } = terminal.creationOptions as vscode.TerminalOptions; // a pseudoterminal has neither
    if (openedPath !== shellPath || String(openedArgs) !== String(shellArgs)) return;
    subscription.dispose();
    terminal.show();
  });
}

export async function openSandboxedTerminal(sandboxes: Sandboxes): Promise<void> {
  const folder = activeFolder();
  vscode.window.createTerminal(terminalOptions(await openOrExplain(sandboxes, folder))).show();
}

/** VS Code's own pty host starts the launcher, so the terminal is an ordinary one: size, job control, exit status. */
export function terminalOptions(sandbox: OpenSandbox): vscode.TerminalOptions {
  const name = vscode.l10n.t('Sandboxed (srt)');
  return {
    name,
    iconPath: new vscode.ThemeIcon('shield'),
    shellPath: sandbox.helper,
    shellArgs: ['run', '--session', sandbox.socket, '--label', name, '--', userShell(), '-i'],
    cwd: sandbox.policy.directory,
    message: vscode.l10n.t('Sandboxed by {0}. What it refuses is listed in the Problems panel.', describePolicy(sandbox.policy)),
    isTransient: true, // the session behind it does not outlive the window
  };
}

function activeFolder(): vscode.WorkspaceFolder | undefined {
  const document = vscode.window.activeTextEditor?.document.uri;
  return (document && vscode.workspace.getWorkspaceFolder(document)) ?? vscode.workspace.workspaceFolders?.[0];
}

/** The user's login shell, as VS Code's default profile would use it. */
function userShell(): string {
  return vscode.env.shell || process.env['SHELL'] || '/bin/sh';
}
