import { strict as assert } from 'node:assert';
import { existsSync, readFileSync } from 'node:fs';

import * as vscode from 'vscode';

import { codeOf, diagnosticsWhen, endOfTask, policyUri, skip, until, workspacePath } from '../support';

function violations(found: readonly vscode.Diagnostic[]): vscode.Diagnostic[] {
  return found.filter(({ source }) => source === 'srt sandbox');
}

/** `violation-write 10:19` for each: the code, and where in the policy it stands. */
function described(found: readonly vscode.Diagnostic[]): string[] {
  return violations(found).map((diagnostic) => `${codeOf(diagnostic)} ${diagnostic.range.start.line + 1}:${diagnostic.range.start.character + 1}`).sort();
}

async function runTask(name: string): Promise<number | undefined> {
  const tasks = await vscode.tasks.fetchTasks({ type: 'srt' });
  const task = tasks.find((candidate) => candidate.name === name);
  assert.ok(task, tasks.map((candidate) => candidate.name).join());
  const ended = endOfTask(name);
  void vscode.tasks.executeTask(task);
  return ended;
}

function nextTerminal(): Promise<vscode.Terminal> {
  return new Promise((resolve) => {
    const subscription = vscode.window.onDidOpenTerminal((terminal) => (subscription.dispose(), resolve(terminal)));
  });
}

describe('a task of type srt', () => {
  afterEach(() => vscode.commands.executeCommand('srt.clearViolations'));

  it('runs in the sandbox; what it is refused stands on the rules that refused it', async () => {
    assert.equal(await runTask('build in the sandbox'), 0);
    assert.match(readFileSync(workspacePath('output.txt'), 'utf8'), /^built at/);
    assert.equal(readFileSync(workspacePath('locked', 'data'), 'utf8'), 'stays as it is\n');
    assert.equal(existsSync('/var/tmp/sample-tool'), false);
    const found = await diagnosticsWhen(policyUri(), (diagnostics) => violations(diagnostics).length === 3);
    assert.deepEqual(described(found), ['violation-read 7:18', 'violation-write 8:5', 'violation-write 9:19']);
    assert.match(violations(found).map(({ message }) => message).join('\n'), /writing .*\/locked\/data was refused: denied by "\.\/locked" in denyWrite \(by .*\) in task build in the sandbox/);
    for (const { relatedInformation } of violations(found)) assert.match(relatedInformation?.map(({ message }) => message).join('\n') ?? '', /^command: .*build\.sh.*\nstarted by: task build in the sandbox$/);
  });

  it('hands on the exit status', async () => {
    assert.equal(await runTask('fail in the sandbox'), 3);
  });

  it('has a fix that settles the violation', async () => {
    await runTask('build in the sandbox');
    const found = violations(await diagnosticsWhen(policyUri(), (diagnostics) => violations(diagnostics).length === 3));
    const document = await vscode.workspace.openTextDocument(policyUri());
    const before = document.getText();
    const actionsFor = (target: string): Thenable<vscode.CodeAction[]> => vscode.commands.executeCommand('vscode.executeCodeActionProvider', document.uri, found.find(({ message }) => message.includes(target))?.range, vscode.CodeActionKind.QuickFix.value);
    assert.deepEqual((await actionsFor('/var/tmp/sample-tool')).filter(({ title }) => title.startsWith('Allow')), [], 'what the machine shares is not opened by a fix');
    const actions = await actionsFor('/locked/data');
    const fix = actions.find(({ title }) => title === 'Remove this rule (filesystem.denyWrite[0])');
    assert.ok(fix?.edit, actions.map(({ title }) => title).join());
    assert.notEqual(fix.isPreferred, true);
    await vscode.workspace.applyEdit(fix.edit);
    await diagnosticsWhen(policyUri(), (diagnostics) => violations(diagnostics).length === 2);
    assert.ok(!document.getText().includes('./locked'));
    const undo = new vscode.WorkspaceEdit();
    undo.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), before);
    await vscode.workspace.applyEdit(undo);
    await document.save();
  });
});

describe('the scripts of package.json', () => {
  afterEach(() => vscode.commands.executeCommand('srt.clearViolations'));

  it('are offered as tasks in the sandbox', async () => {
    assert.equal(await runTask('npm: write-locked'), 7);
    const found = await diagnosticsWhen(policyUri(), (diagnostics) => violations(diagnostics).some(({ message }) => message.includes('locked/data')));
    assert.ok(described(found).includes('violation-write 9:19'), described(found).join());
    assert.equal(readFileSync(workspacePath('locked', 'data'), 'utf8'), 'stays as it is\n');
  });
});

describe('a task with a policy of its own', () => {
  it('runs under that one', async () => {
    assert.equal(await runTask('read only'), 0);
    assert.equal(existsSync(workspacePath('not-written')), false);
  });
});

describe('a sandboxed terminal', () => {
  afterEach(() => vscode.commands.executeCommand('srt.clearViolations'));

  it('is a shell under the policy, and closes with its status', async () => {
    const opened = nextTerminal();
    await vscode.commands.executeCommand('srt.newTerminal');
    const terminal = await opened;
    assert.equal(terminal.name, 'Sandboxed (srt)');
    terminal.sendText('echo in the sandbox > from-terminal.txt; echo no > locked/data; cat secrets/token; exit 4');
    await until('the terminal ends', () => terminal.exitStatus, (status) => status !== undefined, vscode.window.onDidCloseTerminal);
    assert.equal(terminal.exitStatus?.code, 4);
    assert.equal(readFileSync(workspacePath('from-terminal.txt'), 'utf8'), 'in the sandbox\n');
    const found = await diagnosticsWhen(policyUri(), (diagnostics) => violations(diagnostics).length === 2);
    assert.deepEqual(described(found), ['violation-read 7:18', 'violation-write 9:19']);
    assert.match(violations(found)[0]?.message ?? '', /in Sandboxed \(srt\)$/);
  });

  it('can be the default profile', async () => {
    const configuration = vscode.workspace.getConfiguration('terminal.integrated.defaultProfile');
    await configuration.update('linux', 'Sandboxed (srt)', vscode.ConfigurationTarget.Workspace);
    const opened = nextTerminal();
    await vscode.commands.executeCommand('workbench.action.terminal.new');
    const terminal = await opened;
    const { shellPath, shellArgs } = terminal.creationOptions as vscode.TerminalOptions;
    assert.match(`${shellPath} ${String(shellArgs)}`, /srt-helper run,--session,/);
    terminal.dispose();
    await configuration.update('linux', undefined, vscode.ConfigurationTarget.Workspace);
  });
});

/** Terminals are opened with the shell of VS Code's default profile. */
async function useShell(name: string): Promise<void> {
  await vscode.workspace.getConfiguration('terminal.integrated.defaultProfile').update('linux', name, vscode.ConfigurationTarget.Workspace);
  await until('the shell', () => vscode.env.shell, (path) => path.endsWith(`/${name}`), vscode.env.onDidChangeShell);
}

describe('the shell of a sandboxed terminal', () => {
  after(() => vscode.workspace.getConfiguration('terminal.integrated.defaultProfile').update('linux', undefined, vscode.ConfigurationTarget.Workspace));

  for (const shell of ['bash', 'zsh', 'fish']) {
    it(`${shell} tells VS Code its commands, their directory and their exit status`, async function () {
      if (!existsSync(`/usr/bin/${shell}`)) return skip(this, `${shell} is not installed here`);
      await useShell(shell);
      const opened = nextTerminal();
      await vscode.commands.executeCommand('srt.newTerminal');
      const terminal = await opened;
      await until('shell integration', () => terminal.shellIntegration, (found) => found !== undefined, vscode.window.onDidChangeTerminalShellIntegration);
      const ended = new Promise<vscode.TerminalShellExecutionEndEvent>((resolve) => {
        const subscription = vscode.window.onDidEndTerminalShellExecution((event) => (subscription.dispose(), resolve(event)));
      });
      terminal.sendText(shell === 'fish' ? 'cd locked; fish -c "exit 7"' : 'cd locked && (exit 7)');
      assert.equal((await ended).exitCode, 7);
      await until('the directory', () => terminal.shellIntegration?.cwd?.fsPath, (path) => path === workspacePath('locked'), vscode.window.onDidChangeTerminalShellIntegration);
      terminal.dispose();
    });
  }
});

describe('violations', () => {
  it('are cleared by command', async () => {
    await runTask('build in the sandbox');
    await diagnosticsWhen(policyUri(), (diagnostics) => violations(diagnostics).length === 3);
    await vscode.commands.executeCommand('srt.clearViolations');
    await diagnosticsWhen(policyUri(), (diagnostics) => violations(diagnostics).length === 0);
  });
});

describe('the prerequisites', () => {
  it('are checked, each with what to do', async () => {
    const findings = await vscode.commands.executeCommand<readonly { readonly check: string; readonly status: string }[]>('srt.checkPrerequisites');
    assert.deepEqual(findings.filter(({ status }) => status === 'fail'), []);
    assert.ok(findings.some(({ check }) => check === 'bubblewrap'));
  });
});
