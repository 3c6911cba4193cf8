import { strict as assert } from 'node:assert';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import * as vscode from 'vscode';

import { endOfTask, policyUri, replaceText } from '../support';

const LABEL = 'wait for the server';

describe('a policy that changes while a task runs', () => {
  after(() => vscode.commands.executeCommand('srt.clearViolations'));

  it('has its network lists in force at once', async () => {
    const server = createServer((_request, response) => response.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // it listens on a port
    const document = await vscode.workspace.openTextDocument(policyUri());
    const before = document.getText();
    try {
      // In the session that tasks of this policy run in: the one of a script of package.json.
      const command = `until [ "$(curl -s http://localhost:${port})" = hello ]; do read -t 0.1 < <(:); done; exit 4`;
      const ended = endOfTask(LABEL);
      const started = new Promise<void>((resolve) => {
        const subscription = vscode.tasks.onDidStartTaskProcess(() => (subscription.dispose(), resolve()));
      });
      const [resolved] = (await vscode.tasks.fetchTasks({ type: 'srt' })).filter(({ name }) => name === 'npm: write-locked');
      assert.ok(resolved?.execution instanceof vscode.ProcessExecution);
      const { process, args } = resolved.execution;
      const words = [...args.slice(0, args.indexOf('--') + 1), 'bash', '-c', command];
      void vscode.tasks.executeTask(new vscode.Task({ type: 'srt', command }, vscode.TaskScope.Workspace, LABEL, 'srt', new vscode.ProcessExecution(process, words, resolved.execution.options)));
      await started;
      await replaceText(document, before.replace('localhost:8080', `localhost:${port}`));
      await document.save();
      assert.equal(await ended, 4);
    } finally {
      server.close();
      await replaceText(document, before);
      await document.save();
    }
  });
});
