import * as vscode from 'vscode';

import type { RunSrt } from './srt-cli';

const TEST_FILES = '**/*.srt-test.json';

/** What `srt test --json` prints of a file. */
interface FileOutcome {
  readonly error?: string;
  readonly results?: readonly { readonly test: string; readonly operation: string; readonly target: string; readonly expected: string; readonly outcome: string; readonly passed: boolean; readonly reason: string; readonly position: string; readonly rule: string }[];
}

/** `*.srt-test.json` in the Test Explorer, one item a file; failures stand at the expectation, with the rule that decided. */
export function registerPolicyTests(srt: RunSrt): vscode.Disposable {
  const controller = vscode.tests.createTestController('srt.policyTests', vscode.l10n.t('srt policy tests'));
  const add = (uri: vscode.Uri): void => {
    const item = controller.createTestItem(uri.toString(), vscode.workspace.asRelativePath(uri), uri);
    item.range = new vscode.Range(0, 0, 0, 0); // where the file's editor has the button that runs it
    controller.items.add(item);
  };
  const watcher = vscode.workspace.createFileSystemWatcher(TEST_FILES);
  controller.resolveHandler = async (item) => {
    if (!item) (await vscode.workspace.findFiles(TEST_FILES, '**/node_modules/**')).forEach(add);
  };
  controller.createRunProfile(vscode.l10n.t('Run'), vscode.TestRunProfileKind.Run, (request, token) => runTests(controller, request, token, srt), true);
  void controller.resolveHandler(undefined);
  return vscode.Disposable.from(controller, watcher, watcher.onDidCreate(add), watcher.onDidDelete((uri) => controller.items.delete(uri.toString())));
}

async function runTests(controller: vscode.TestController, request: vscode.TestRunRequest, token: vscode.CancellationToken, srt: RunSrt): Promise<void> {
  const run = controller.createTestRun(request);
  const wanted = request.include ?? [...controller.items].map(([, item]) => item);
  for (const item of wanted.filter((candidate) => !request.exclude?.includes(candidate))) {
    if (token.isCancellationRequested) break;
    if (!item.uri) continue;
    run.started(item);
    const outcome = await runFile(srt, item.uri.fsPath);
    const messages = failures(outcome, item.uri);
    if (outcome.error !== undefined) run.errored(item, new vscode.TestMessage(outcome.error));
    else if (messages.length > 0) run.failed(item, messages);
    else run.passed(item);
  }
  run.end();
}

async function runFile(srt: RunSrt, path: string): Promise<FileOutcome> {
  const { stdout, stderr } = await srt(['test', '--json', path]);
  try {
    return (JSON.parse(stdout) as readonly FileOutcome[])[0] ?? { error: stderr }; // the CLI's own output
  } catch {
    return { error: stderr.trim() || vscode.l10n.t('srt test did not answer') };
  }
}

function failures({ results = [] }: FileOutcome, uri: vscode.Uri): vscode.TestMessage[] {
  return results
    .filter(({ passed }) => !passed)
    .map(({ test, operation, target, expected, outcome, reason, position, rule }) => {
      const message = new vscode.TestMessage(vscode.l10n.t('{0}: expected to {1} {2} {3}, but it is {4}: {5}', test, expected, operation, target, outcome === 'allow' ? 'allowed' : 'denied', reason));
      message.location = new vscode.Location(uri, toPosition(position));
      const at = /^(\/.*):(\d+:\d+)$/.exec(rule);
      message.stackTrace = [new vscode.TestMessageStackFrame(vscode.l10n.t('rule {0}', rule), at?.[1] === undefined ? undefined : vscode.Uri.file(at[1]), at?.[2] === undefined ? undefined : toPosition(at[2]))];
      return message;
    });
}

/** `line:column`, both from 1. */
function toPosition(text: string): vscode.Position {
  const [line = 1, column = 1] = text.split(':').map(Number);
  return new vscode.Position(line - 1, column - 1);
}
