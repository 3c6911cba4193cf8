import * as vscode from 'vscode';

import type { OpenSandbox, Sandboxes } from './sandboxes';

export const TASK_TYPE = 'srt';

/** A task of tasks.json: `{ "type": "srt", "command": "npm test" }`, or with `args` a program without a shell. */
interface SandboxTaskDefinition extends vscode.TaskDefinition {
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
}

/** Runs tasks of type `srt` in the sandbox of their folder. */
export function registerTaskProvider(sandboxes: Sandboxes): vscode.Disposable {
  return vscode.tasks.registerTaskProvider(TASK_TYPE, {
    provideTasks: () => [],
    async resolveTask(task) {
      const definition = task.definition as SandboxTaskDefinition; // VS Code has held it against the contributed schema
      const folder = typeof task.scope === 'object' ? task.scope : vscode.workspace.workspaceFolders?.[0];
      const sandbox = await sandboxes.open(folder);
      return new vscode.Task(definition, task.scope ?? vscode.TaskScope.Workspace, task.name, TASK_TYPE, execution(definition, task.name, sandbox), task.problemMatchers);
    },
  });
}

/** A process, so that exit status, problem matchers and the terminal are VS Code's own. */
function execution({ command, args, cwd }: SandboxTaskDefinition, name: string, sandbox: OpenSandbox): vscode.ProcessExecution {
  const words = args === undefined ? ['bash', '-c', command] : [command, ...args];
  return new vscode.ProcessExecution(sandbox.helper, ['run', '--session', sandbox.socket, '--label', vscode.l10n.t('task {0}', name), '--', ...words], { cwd: cwd ?? sandbox.policy.directory });
}
