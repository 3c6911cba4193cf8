import type { ToolName } from 'sandbox-core';
import * as vscode from 'vscode';

import { activeFolder, choosePolicy, describePolicy } from '../policy-choice';
import type { Sandboxes } from '../sandboxes';

/** Before the name that `srt mcp` gives a tool: names of language-model tools are shared by all extensions. */
const TOOL_PREFIX = 'srt_';
const MAX_SHOWN = 2_000;

/** The tools of `srt mcp` for agents in VS Code, as package.json contributes them. What they run is shown as any other refusal is. */
export function registerLanguageModelTools({ extension }: vscode.ExtensionContext, sandboxes: Sandboxes): vscode.Disposable {
  const { contributes } = extension.packageJSON as { readonly contributes: { readonly languageModelTools: readonly { readonly name: string }[] } }; // this extension's own
  return vscode.Disposable.from(...contributes.languageModelTools.map(({ name }) => vscode.lm.registerTool(name, toolOf(name.slice(TOOL_PREFIX.length) as ToolName, sandboxes)))); // a test holds them to the definitions
}

function toolOf(name: ToolName, sandboxes: Sandboxes): vscode.LanguageModelTool<Readonly<Record<string, unknown>>> {
  return {
    prepareInvocation: ({ input }) => (name === 'run_in_sandbox' ? confirmation(typeof input['command'] === 'string' ? input['command'] : '') : {}),
    async invoke({ input }, token) {
      const { text } = await sandboxes.callTool(activeFolder(), name, input, token);
      return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
    },
  };
}

/** The command as code: whatever a model wrote must not become Markdown. */
function confirmation(command: string): vscode.PreparedToolInvocation {
  const message = new vscode.MarkdownString();
  message.appendText(vscode.l10n.t('Under the policy: {0}', describePolicy(choosePolicy(activeFolder()))));
  message.appendCodeblock(command.slice(0, MAX_SHOWN), 'shellscript');
  return { invocationMessage: vscode.l10n.t('Running a command in the sandbox'), confirmationMessages: { title: vscode.l10n.t('Run in the sandbox?'), message } };
}
