import { COVERING_RULES_METHOD, POLICY_LANGUAGE, VIOLATIONS_METHOD, type CoveringRulesParams, type CoveringRulesResult, type ViolationsParams } from 'srt-language-server/protocol';
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';

/** Policies, and other programs' settings that have policies in them; of those the server has diagnostics and fixes only. */
const CHECKED_DOCUMENTS = [
  { language: POLICY_LANGUAGE },
  { scheme: 'file', pattern: '**/.claude/settings*.json' },
  { scheme: 'file', pattern: '**/{mcp,.mcp}.json' },
];

/** The language server's process, started when the first policy is opened or the first violation is to be shown. */
export interface PolicyLanguageClient {
  dispose(): void;
  reportViolations(params: ViolationsParams): Promise<void>;
  /** Null: the policy has errors. */
  coveringRules(params: CoveringRulesParams): Promise<CoveringRulesResult | null>;
  request<Result>(method: string, params: object): Promise<Result>;
  notify(method: string, params: object): Promise<void>;
}

export function createLanguageClient(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): PolicyLanguageClient {
  let isOver = false;
  let starting: Promise<LanguageClient> | undefined;
  const start = (): Promise<LanguageClient> => (starting ??= startClient(context, logUntil(log, () => isOver)));
  const startForPolicy = (document: vscode.TextDocument): void => {
    if (vscode.languages.match(CHECKED_DOCUMENTS, document) > 0) start().catch((error: unknown) => log.error(`the language server did not start: ${String(error)}`));
  };
  const opened = vscode.workspace.onDidOpenTextDocument(startForPolicy);
  vscode.workspace.textDocuments.forEach(startForPolicy);
  return {
    async reportViolations(params) {
      await (await start()).sendNotification(VIOLATIONS_METHOD, params);
    },
    async coveringRules(params) {
      return (await start()).sendRequest<CoveringRulesResult | null>(COVERING_RULES_METHOD, params);
    },
    async request(method, params) {
      return (await start()).sendRequest(method, params);
    },
    async notify(method, params) {
      await (await start()).sendNotification(method, params);
    },
    dispose() {
      opened.dispose();
      isOver = true;
      void starting?.then((client) => client.dispose()).catch(() => undefined);
    },
  };
}

/** The library is large, and listens to every document from its construction on: a window without policies does without. */
async function startClient(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Promise<LanguageClient> {
  const { startLanguageClient } = await import('./start-language-client.js');
  return startLanguageClient(context.asAbsolutePath('dist/server.js'), CHECKED_DOCUMENTS, log);
}

/** The library notes the end of the server when that has come, and the log is closed by then. */
function logUntil(log: vscode.LogOutputChannel, isOver: () => boolean): vscode.LogOutputChannel {
  return new Proxy(log, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return isOver() ? () => undefined : (member.bind(target) as unknown);
    },
  });
}
