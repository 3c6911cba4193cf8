import { strict as assert } from 'node:assert';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import type { Violation } from 'sandbox-core/policy';
import * as vscode from 'vscode';

import { answering, endOfTask, policyUri, until, workspacePath } from '../support';

describe('srt: Reopen Terminal Outside of the Sandbox', () => {
  const shellOf = ({ creationOptions }: vscode.Terminal): string => ('shellPath' in creationOptions ? creationOptions.shellPath : undefined) ?? '';
  const reopen = (answer: (detail: string, act: string) => string | undefined): Promise<unknown> =>
    answering({ showWarningMessage: (_message: string, { detail }: vscode.MessageOptions, act: string) => answer(detail ?? '', act) }, async () => vscode.commands.executeCommand('srt.reopenOutside'));

  it('happens only when it is confirmed', async () => {
    await vscode.commands.executeCommand('srt.newTerminal');
    const terminal = await until('the terminal', () => vscode.window.activeTerminal, (active) => active?.name === 'Sandboxed (srt)', vscode.window.onDidChangeActiveTerminal);
    assert.ok(terminal);
    let warned = '';
    await reopen((detail) => void (warned = detail));
    assert.match(warned, /no policy holds/);
    assert.ok(vscode.window.terminals.includes(terminal), 'not confirmed: it stays');
    await reopen((_detail, act) => act);
    await until('the end of the sandboxed terminal', () => vscode.window.terminals, (all) => !all.includes(terminal), vscode.window.onDidCloseTerminal);
    const outside = await until('an ordinary terminal', () => vscode.window.activeTerminal, (active) => active !== undefined && !shellOf(active).endsWith('/srt-helper'), vscode.window.onDidChangeActiveTerminal);
    outside?.dispose();
  });
});

describe('srt: Allow Until This Window Closes', () => {
  const outside = mkdtempSync(join(homedir(), 'srt-outside-'));
  after(async () => {
    rmSync(outside, { recursive: true, force: true });
    await vscode.commands.executeCommand('srt.clearViolations');
  });

  it('lets the same thing pass, and leaves the policy as it is', async () => {
    const target = join(outside, 'file');
    const before = readFileSync(policyUri().fsPath, 'utf8');
    writeFileSync(target, '');
    assert.equal(await runInSandbox(['truncate', '--size', '3', target]), 1);
    const rule = { kind: 'default', pointer: '/filesystem/allowWrite' } as const;
    const violation: Violation = { version: 3, kind: 'filesystem', operation: 'write', target, source: 'kernel', rule, reason: 'no entry of allowWrite covers it', pid: 2, time: new Date().toISOString(), count: 1, session: 'of the test' };
    await vscode.commands.executeCommand('srt.violations.allowForSession', { violation, policy: { path: policyUri().fsPath, directory: workspacePath(), layers: 'single' } });
    assert.equal(await runInSandbox(['truncate', '--size', '3', target]), 0);
    assert.equal(readFileSync(target).length, 3);
    assert.equal(readFileSync(policyUri().fsPath, 'utf8'), before);
  });
});

describe('a background task of type srt', () => {
  it('lets what depends on it start when it is ready, and ends when it is told to', async () => {
    const tasks = await vscode.tasks.fetchTasks();
    const dependent = tasks.find(({ name }) => name === 'after the watcher');
    assert.ok(dependent, tasks.map(({ name }) => name).join());
    const ended = endOfTask('after the watcher');
    void vscode.tasks.executeTask(dependent);
    assert.equal(await ended, 6);
    const watcher = vscode.tasks.taskExecutions.find(({ task }) => task.name === 'watch in the sandbox');
    assert.ok(watcher, 'it still runs');
    const over = endOfTask('watch in the sandbox');
    watcher.terminate();
    await over;
  });
});

describe('a command that leaves what git would run', () => {
  after(() => rmSync(workspacePath('made'), { recursive: true, force: true }));

  it('has that told when it has ended, while its session goes on', async () => {
    let tell: (text: string) => void = () => undefined;
    const told = new Promise<string>((resolve) => (tell = resolve));
    await answering({ showWarningMessage: (message: string, act: string) => tell(`${message} [${act}]`) }, async () => {
      assert.equal(await runInSandbox(['sh', '-c', 'git init --quiet made && git -C made config core.fsmonitor evil']), 0);
      await told;
    });
    assert.equal(await told, 'A sandbox session has something to tell you. [Show Log]');
  });
});

/** Runs words in the session that tasks of this policy run in now. */
async function runInSandbox(words: readonly string[]): Promise<number | undefined> {
  const [resolved] = (await vscode.tasks.fetchTasks({ type: 'srt' })).filter(({ name }) => name === 'npm: write-locked');
  assert.ok(resolved?.execution instanceof vscode.ProcessExecution);
  const { process, args, options } = resolved.execution;
  const task = new vscode.Task({ type: 'srt', command: words.join(' ') }, vscode.TaskScope.Workspace, 'words', 'srt', new vscode.ProcessExecution(process, [...args.slice(0, args.indexOf('--') + 1), ...words], options));
  const ended = endOfTask('words');
  void vscode.tasks.executeTask(task);
  return ended;
}
