import { CLIENT_COMMANDS, POLICY_LANGUAGE, type ServerOptions } from 'srt-language-server/protocol';
import type * as vscode from 'vscode';
import { LanguageClient, TransportKind, type TextDocumentFilter } from 'vscode-languageclient/node';

/** Resolves when the server answers. */
export async function startLanguageClient(module: string, documents: readonly TextDocumentFilter[], log: vscode.LogOutputChannel): Promise<LanguageClient> {
  const run = { module, transport: TransportKind.ipc };
  const client = new LanguageClient(
    'srt',
    'srt policies',
    // The port of "Attach to the language server" in .vscode/launch.json.
    { run, debug: { ...run, options: { execArgv: ['--inspect=6009'] } } },
    { documentSelector: [...documents], outputChannel: log, initializationOptions: { commands: Object.values(CLIENT_COMMANDS), policyLanguage: POLICY_LANGUAGE } satisfies ServerOptions },
  );
  await client.start();
  return client;
}
