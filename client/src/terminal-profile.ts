import { homedir } from 'node:os';

import * as vscode from 'vscode';

import { openOrExplain } from './open-sandbox';
import { activeFolder, describePolicy } from './policy-choice';
import type { OpenSandbox, Sandboxes } from './sandboxes';
import { shellCommand, shellFilesOnHost } from './shell-command';

export const TERMINAL_PROFILE = 'srt.terminal';

/** The profile "Sandboxed (srt)" in the terminal's "+" menu. */
export function registerTerminalProfile(sandboxes: Sandboxes, shellFiles: string): vscode.Disposable {
  return vscode.window.registerTerminalProfileProvider(TERMINAL_PROFILE, {
    async provideTerminalProfile() {
      const options = terminalOptions(await openOrExplain(sandboxes, activeFolder()), shellFiles);
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

export async function openSandboxedTerminal(sandboxes: Sandboxes, shellFiles: string): Promise<vscode.Terminal> {
  const terminal = vscode.window.createTerminal(terminalOptions(await openOrExplain(sandboxes, activeFolder()), shellFiles));
  terminal.show();
  return terminal;
}

/** For the first violation of somebody's life: tries what no policy allows, where it can be seen. */
export async function tryRefusal(sandboxes: Sandboxes, shellFiles: string): Promise<void> {
  const terminal = vscode.window.activeTerminal && isSandboxed(vscode.window.activeTerminal) ? vscode.window.activeTerminal : await openSandboxedTerminal(sandboxes, shellFiles);
  terminal.show();
  terminal.sendText('touch /srt-try');
}

/** Only when asked for, and asked once more: an ordinary terminal in place of the sandboxed one. */
export async function reopenOutside(): Promise<void> {
  const terminal = vscode.window.activeTerminal;
  if (!terminal || !isSandboxed(terminal)) {
    void vscode.window.showInformationMessage(vscode.l10n.t('The active terminal is not a sandboxed one.'));
    return;
  }
  const act = vscode.l10n.t('Reopen Outside');
  const detail = vscode.l10n.t('The sandboxed terminal and what runs in it end. In the new one no policy holds: commands can read, change and reach all that you can.');
  if ((await vscode.window.showWarningMessage(vscode.l10n.t('Reopen this terminal outside of the sandbox?'), { modal: true, detail }, act)) !== act) return;
  const { cwd } = terminal.creationOptions as vscode.TerminalOptions; // a sandboxed terminal is made from options
  terminal.dispose();
  vscode.window.createTerminal({ ...(cwd !== undefined && { cwd }) }).show();
}

/** VS Code's own pty host starts the launcher, so the terminal is an ordinary one: size, job control, exit status, and it outlives a reload. */
export function terminalOptions(sandbox: OpenSandbox, shellFiles: string): vscode.TerminalOptions {
  const name = terminalName();
  const isIntegrated = vscode.workspace.getConfiguration('terminal.integrated').get<boolean>('shellIntegration.enabled', true);
  const { argv, env } = shellCommand(userShell(), { files: shellFilesOnHost(vscode.env.appRoot, shellFiles), shown: sandbox.shown, zshDirectory: process.env['ZDOTDIR'] || homedir(), isIntegrated });
  return {
    name,
    iconPath: new vscode.ThemeIcon('shield'),
    color: new vscode.ThemeColor('terminal.ansiGreen'),
    shellPath: sandbox.helper,
    shellArgs: ['run', '--session', sandbox.socket, '--label', name, '--', ...argv],
    env: { ...env },
    cwd: sandbox.policy.directory,
    message: vscode.l10n.t('Sandboxed by {0}. What it refuses is listed in the Problems panel.', describePolicy(sandbox.policy)),
  };
}

/** A shell, that is: the terminal of a task in the sandbox takes no commands. */
function isSandboxed({ creationOptions }: vscode.Terminal): boolean {
  if (!('shellPath' in creationOptions) || !creationOptions.shellPath.endsWith('/srt-helper')) return false;
  return String(creationOptions.shellArgs).includes(`,--label,${terminalName()},`);
}

function terminalName(): string {
  return vscode.l10n.t('Sandboxed (srt)');
}

/** The user's login shell, as VS Code's default profile would use it. */
function userShell(): string {
  return vscode.env.shell || process.env['SHELL'] || '/bin/sh';
}
