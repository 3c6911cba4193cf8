import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';

import * as vscode from 'vscode';

import { codeOf, diagnosticsWhen, policyUri, workspacePath } from '../support';

async function call(tool: string, input: object): Promise<string> {
  const { content } = await vscode.lm.invokeTool(`srt_${tool}`, { input, toolInvocationToken: undefined });
  return content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : '')).join('');
}

describe('the tools for agents', () => {
  afterEach(() => vscode.commands.executeCommand('srt.clearViolations'));

  it('are known to VS Code', () => {
    const names = vscode.lm.tools.map(({ name }) => name).filter((name) => name.startsWith('srt_'));
    assert.deepEqual(names.sort(), ['srt_explain_denial', 'srt_get_violations', 'srt_propose_policy_change', 'srt_run_in_sandbox']);
  });

  it('run a command under the policy; what it is refused is in the answer, and on the rule', async () => {
    const answer = await call('run_in_sandbox', { command: 'echo hello; echo no > locked/data; exit 5' });
    assert.match(answer, /^exit status 5\nhello\n[^]*<sandbox_violations>\nwrite .*\/locked\/data: denied by [^]*<\/sandbox_violations>/);
    const found = await diagnosticsWhen(policyUri(), (diagnostics) => diagnostics.some((diagnostic) => codeOf(diagnostic) === 'violation-write'));
    assert.match(found.map(({ message }) => message).join('\n'), /locked\/data was refused.* in agent command 1/);
    assert.match(await call('get_violations', {}), /locked\/data/);
  });

  it('explain, and only propose', async () => {
    const target = workspacePath('locked', 'new');
    assert.match(await call('explain_denial', { operation: 'write', target }), /^denied: write [^]*\.\/locked/);
    assert.match(await call('propose_policy_change', { operation: 'write', target }), /Nothing was changed[^]*^- .*locked/m);
    assert.equal(existsSync(target), false);
  });

  it('end a command at its time limit', async () => {
    assert.match(await call('run_in_sandbox', { command: 'sleep 60', timeoutSeconds: 1 }), /^ended by the time limit/);
  });
});
