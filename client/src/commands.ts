import * as vscode from 'vscode';

import { choosePolicy } from './policy-choice';
import type { Sandboxes } from './sandboxes';
import { openSandboxedTerminal } from './terminal-profile';

/** Every command that package.json contributes (a test holds the two together). */
export const COMMANDS = {
  newTerminal: 'srt.newTerminal',
  openPolicy: 'srt.openPolicy',
  clearViolations: 'srt.clearViolations',
  showLog: 'srt.showLog',
} as const;

export interface CommandContext {
  readonly sandboxes: Sandboxes;
  readonly log: vscode.LogOutputChannel;
}

export function registerCommands({ sandboxes, log }: CommandContext): vscode.Disposable[] {
  const handlers: Readonly<Record<keyof typeof COMMANDS, () => unknown>> = {
    newTerminal: () => openSandboxedTerminal(sandboxes),
    openPolicy: () => openPolicy(),
    clearViolations: () => sandboxes.clearViolations(),
    showLog: () => log.show(),
  };
  return Object.entries(handlers).map(([name, handler]) => vscode.commands.registerCommand(COMMANDS[name as keyof typeof COMMANDS], handler)); // the keys of handlers
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
