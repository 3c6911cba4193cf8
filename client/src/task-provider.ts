import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import * as vscode from 'vscode';

import { choosePolicy } from './policy-choice';
import type { OpenSandbox, Sandboxes } from './sandboxes';

export const TASK_TYPE = 'srt';

/** A task of tasks.json: `{ "type": "srt", "command": "npm test" }`, or with `args` a program without a shell. */
interface SandboxTaskDefinition extends vscode.TaskDefinition {
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A policy of the task's own, absolute or relative to the folder. */
  readonly policy?: string;
}

/** Runs tasks of type `srt` in the sandbox of their folder, and offers the scripts of package.json as such. */
export function registerTaskProvider(sandboxes: Sandboxes): vscode.Disposable {
  return vscode.tasks.registerTaskProvider(TASK_TYPE, {
    async provideTasks() {
      if (!vscode.workspace.isTrusted) return [];
      const offered = await Promise.all((vscode.workspace.workspaceFolders ?? []).map((folder) => scriptTasks(folder, sandboxes)));
      return offered.flat();
    },
    async resolveTask(task) {
      const definition = task.definition as SandboxTaskDefinition; // VS Code has held it against the contributed schema
      const folder = typeof task.scope === 'object' ? task.scope : vscode.workspace.workspaceFolders?.[0];
      const sandbox = await sandboxes.open(folder, definition.policy);
      return quiet(new vscode.Task(definition, task.scope ?? vscode.TaskScope.Workspace, task.name, TASK_TYPE, executionOf(definition, task.name, sandbox), task.problemMatchers));
    },
  });
}

/** Offered where there is a policy to run them under; a policy with mistakes offers none. */
async function scriptTasks(folder: vscode.WorkspaceFolder, sandboxes: Sandboxes): Promise<vscode.Task[]> {
  const names = await scriptNames(folder);
  if (names.length === 0 || choosePolicy(folder).path === undefined) return [];
  const sandbox = await sandboxes.open(folder).catch(() => undefined);
  if (!sandbox) return [];
  return names.map((script) => {
    const definition: SandboxTaskDefinition = { type: TASK_TYPE, command: 'npm', args: ['run', script] };
    const name = `npm: ${script}`;
    return quiet(new vscode.Task(definition, folder, name, TASK_TYPE, executionOf(definition, name, sandbox)));
  });
}

/** Without the launcher's command line, which says nothing of the task. */
function quiet(task: vscode.Task): vscode.Task {
  task.presentationOptions = { echo: false };
  return task;
}

async function scriptNames(folder: vscode.WorkspaceFolder): Promise<string[]> {
  try {
    const { scripts } = JSON.parse(await readFile(join(folder.uri.fsPath, 'package.json'), 'utf8')) as { scripts?: unknown }; // looked at below
    return typeof scripts === 'object' && scripts !== null ? Object.keys(scripts) : [];
  } catch {
    return []; // no package.json, or none that npm could read
  }
}

function executionOf({ command, args, cwd, env }: SandboxTaskDefinition, name: string, sandbox: OpenSandbox): vscode.ProcessExecution {
  const words = args === undefined ? ['bash', '-c', command] : [command, ...args];
  return sandboxedExecution({ words, name, sandbox, ...(cwd !== undefined && { cwd }), ...(env && { env }) });
}

interface SandboxedCommand {
  readonly words: readonly string[];
  readonly name: string;
  readonly sandbox: OpenSandbox;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A process, so that exit status, problem matchers and the terminal are VS Code's own. */
export function sandboxedExecution({ words, name, sandbox, cwd, env }: SandboxedCommand): vscode.ProcessExecution {
  const args = ['run', '--session', sandbox.socket, '--label', vscode.l10n.t('task {0}', name), '--', ...words];
  return new vscode.ProcessExecution(sandbox.helper, args, { cwd: cwd ?? sandbox.policy.directory, ...(env && { env: { ...env } }) });
}
