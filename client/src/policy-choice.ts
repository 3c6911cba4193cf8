import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

import * as vscode from 'vscode';

const POLICY_NAME = '.srt-settings.json';

/** Which policy is in force in a folder. */
export interface PolicyChoice {
  /** Absent: no policy file was found, the built-in default policy holds. */
  readonly path?: string;
  /** What relative paths of the policy are relative to, and where terminals start. */
  readonly directory: string;
}

/** The policy that the setting names, else the folder's own, else the user's, else none. */
export function choosePolicy(folder: vscode.WorkspaceFolder | undefined, policyFile?: string): PolicyChoice {
  const directory = folder?.uri.scheme === 'file' ? folder.uri.fsPath : homedir();
  const named = policyFile ?? vscode.workspace.getConfiguration('srt', folder).get<string>('policyFile', '').trim();
  if (named !== '') return { path: isAbsolute(named) ? named : join(directory, named), directory };
  const found = [join(directory, POLICY_NAME), join(homedir(), POLICY_NAME)].find((path) => existsSync(path));
  return found === undefined ? { directory } : { path: found, directory };
}

/** `.srt-settings.json` for people: relative to the folder where it lies in it. */
export function describePolicy({ path, directory }: PolicyChoice): string {
  if (path === undefined) return vscode.l10n.t('default policy');
  if (path.startsWith(directory + '/')) return path.slice(directory.length + 1);
  return path.startsWith(homedir() + '/') ? `~${path.slice(homedir().length)}` : path;
}
