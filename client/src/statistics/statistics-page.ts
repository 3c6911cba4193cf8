import { randomBytes } from 'node:crypto';

import * as vscode from 'vscode';

import { auditLogFile } from '../audit-log-file';
import { policyArguments } from '../mcp-provider';
import { activeFolder, choosePolicy } from '../policy-choice';
import type { RunSrt } from '../srt-cli';
import { shownTarget, type ViolationLog } from '../violation-log';
import { countViolations, fromStatsJson } from './counts';
import { pageBody, pageHtml, type PageSource, type PageTexts } from './page';

/** A busy build refuses a thousand things a second. */
const REDRAW_MS = 1_000;

/** The page "Sandbox Statistics": one of it, which follows what is refused. */
export interface StatisticsPage {
  show(): Promise<void>;
  dispose(): void;
}

export function createStatisticsPage(context: vscode.ExtensionContext, log: ViolationLog, srt: RunSrt): StatisticsPage {
  let panel: vscode.WebviewPanel | undefined;
  let timer: NodeJS.Timeout | undefined;
  const body = async (): Promise<string> => pageBody(await sources(log, srt), pageTexts());
  const redraw = async (): Promise<void> => {
    timer = undefined;
    await panel?.webview.postMessage({ body: await body() });
  };
  const subscription = log.onDidChange(() => {
    if (panel) timer ??= setTimeout(() => void redraw(), REDRAW_MS);
  });
  const open = async (): Promise<vscode.WebviewPanel> => {
    const { extensionUri } = context;
    const created = vscode.window.createWebviewPanel('srt.statistics', pageTexts().title, vscode.ViewColumn.Active, { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(extensionUri, 'dist'), vscode.Uri.joinPath(extensionUri, 'media')] });
    created.iconPath = new vscode.ThemeIcon('graph') as never; // ThemeIcon is taken from 1.110 on; before that, nothing is shown
    const { webview } = created;
    const resource = (...names: string[]): string => webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, ...names)).toString();
    webview.html = pageHtml(await body(), { language: vscode.env.language, title: pageTexts().title, cspSource: webview.cspSource, nonce: randomBytes(16).toString('hex'), charts: resource('dist', 'charts.min.css'), style: resource('media', 'statistics.css') });
    created.onDidDispose(() => (panel = undefined));
    return created;
  };
  return {
    async show() {
      if (panel) panel.reveal();
      else panel = await open();
    },
    dispose() {
      clearTimeout(timer);
      subscription.dispose();
      panel?.dispose();
    },
  };
}

async function sources(log: ViolationLog, srt: RunSrt): Promise<PageSource[]> {
  const here: PageSource = { name: vscode.l10n.t('This window'), statistics: countViolations(log.violations.map((logged) => ({ ...logged.violation, target: shownTarget(logged) }))) };
  const file = auditLogFile();
  if (file === undefined) return [here];
  const policy = choosePolicy(activeFolder());
  const statistics = fromStatsJson((await srt(['stats', '--json', '--log', file, ...policyArguments(policy)], policy.directory)).stdout);
  return statistics ? [here, { name: vscode.l10n.t('All recorded sessions'), statistics }] : [here];
}

function pageTexts(): PageTexts {
  return {
    title: vscode.l10n.t('Sandbox Statistics'),
    nothing: vscode.l10n.t('Nothing was refused.'),
    count: vscode.l10n.t('Refused'),
    refused: (count) => vscode.l10n.t('Refused so far: {0}', count),
    more: (count) => vscode.l10n.t('and {0} more', count),
    sections: { byTime: vscode.l10n.t('By time'), byRule: vscode.l10n.t('By rule'), byHost: vscode.l10n.t('By host'), byPath: vscode.l10n.t('By path'), byProgram: vscode.l10n.t('By program') },
  };
}
