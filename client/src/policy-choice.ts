import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

import * as vscode from 'vscode';

export const POLICY_NAME = '.srt-settings.json';

/** Which policy is in force in a folder. */
export interface PolicyChoice {
  /** Absent: no policy file was found, the built-in default policy holds. */
  readonly path?: string;
  /** What relative paths of the policy are relative to, and where terminals start. */
  readonly directory: string;
  /** `merged`: the user's policy holds too, with the folder's on top. */
  readonly layers: 'single' | 'merged';
}

/** The policy that the setting names, else the folder's own, else the user's, else none. */
export function choosePolicy(folder: vscode.WorkspaceFolder | undefined, policyFile?: string): PolicyChoice {
  const directory = folder?.uri.scheme === 'file' ? folder.uri.fsPath : homedir();
  const named = policyFile ?? vscode.workspace.getConfiguration('srt', folder).get<string>('policyFile', '').trim();
  if (named !== '') return { path: isAbsolute(named) ? named : join(directory, named), directory, layers: 'single' };
  const layers = vscode.workspace.getConfiguration('srt', folder).get<string>('layers', 'single') === 'merged' ? 'merged' : 'single';
  const found = [join(directory, POLICY_NAME), userPolicyPath()].find((path) => existsSync(path));
  return { directory, layers, ...(found !== undefined && { path: found }) };
}

export function userPolicyPath(): string {
  return join(homedir(), POLICY_NAME);
}

/** The folder of the active editor, else the first one. */
export function activeFolder(): vscode.WorkspaceFolder | undefined {
  const document = vscode.window.activeTextEditor?.document.uri;
  return (document && vscode.workspace.getWorkspaceFolder(document)) ?? vscode.workspace.workspaceFolders?.[0];
}

/** The same policy in the same place. */
export function policyKey({ path, directory, layers }: PolicyChoice): string {
  return JSON.stringify([path, directory, layers]);
}

/** `.srt-settings.json` for people: relative to the folder where it lies in it. */
export function describePolicy({ path, directory, layers }: PolicyChoice): string {
  if (path === undefined) return vscode.l10n.t('default policy');
  const name = path.startsWith(directory + '/') ? path.slice(directory.length + 1) : path.startsWith(homedir() + '/') ? `~${path.slice(homedir().length)}` : path;
  return layers === 'merged' && path !== userPolicyPath() ? vscode.l10n.t('{0} on top of yours', name) : name;
}
