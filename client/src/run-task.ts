import * as vscode from 'vscode';

import { openOrExplain } from './open-sandbox';
import { sandboxedExecution, TASK_TYPE } from './task-provider';
import type { Sandboxes } from './sandboxes';

/** Asks for any task of the workspace and runs it in the sandbox instead of outside. */
export async function runTaskInSandbox(sandboxes: Sandboxes): Promise<void> {
  const tasks = (await vscode.tasks.fetchTasks()).filter((task) => commandLineOf(task) !== undefined);
  const chosen = await vscode.window.showQuickPick(
    tasks.map((task) => ({ label: task.name, description: task.source, detail: commandLineOf(task)?.join(' ') ?? '', task })),
    { title: vscode.l10n.t('Run a Task in the Sandbox'), matchOnDetail: true },
  );
  if (chosen) await vscode.tasks.executeTask(await inSandbox(chosen.task, sandboxes));
}

/** The same task – name, problem matchers, presentation – with its command in the sandbox of its folder. */
async function inSandbox(task: vscode.Task, sandboxes: Sandboxes): Promise<vscode.Task> {
  if (task.definition.type === TASK_TYPE) return task;
  const folder = typeof task.scope === 'object' ? task.scope : vscode.workspace.workspaceFolders?.[0];
  const sandbox = await openOrExplain(sandboxes, folder);
  const words = commandLineOf(task) ?? [];
  const { cwd, env } = task.execution instanceof vscode.CustomExecution ? {} : (task.execution?.options ?? {});
  const execution = sandboxedExecution({ words, name: task.name, sandbox, ...(cwd !== undefined && { cwd }), ...(env && { env }) });
  const sandboxed = new vscode.Task({ type: TASK_TYPE, command: words.join(' ') }, task.scope ?? vscode.TaskScope.Workspace, task.name, vscode.l10n.t('{0}, sandboxed', task.source), execution, task.problemMatchers);
  sandboxed.presentationOptions = { ...task.presentationOptions, echo: false };
  sandboxed.isBackground = task.isBackground;
  if (task.group) sandboxed.group = task.group;
  return sandboxed;
}

/** The words to run, a shell's command line as one word of bash; undefined for tasks that are code of an extension. */
function commandLineOf({ execution }: vscode.Task): string[] | undefined {
  if (execution instanceof vscode.ProcessExecution) return [execution.process, ...execution.args];
  if (!(execution instanceof vscode.ShellExecution)) return undefined;
  if (execution.commandLine !== undefined) return ['bash', '-c', execution.commandLine];
  if (execution.command === undefined) return undefined;
  const [command, ...args] = [execution.command, ...(execution.args ?? [])].map((word) => (typeof word === 'string' ? word : word.value));
  // The command of a shell task may itself be shell code; its arguments are words.
  return args.length === 0 ? ['bash', '-c', command ?? ''] : ['bash', '-c', `${command} "$@"`, 'bash', ...args];
}
