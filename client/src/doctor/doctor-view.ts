import * as vscode from 'vscode';

import { checkLabel } from './check-labels';
import type { Doctor, Finding } from './doctor';

export const DOCTOR_VIEW = 'srt.doctor';

interface Remedy {
  readonly remedy: string;
}

export type DoctorNode = Finding | Remedy;

const ICONS: Readonly<Record<Finding['status'], vscode.ThemeIcon>> = {
  ok: new vscode.ThemeIcon('pass', new vscode.ThemeColor('testing.iconPassed')),
  warn: new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground')),
  fail: new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground')),
};

/** The view "Prerequisites": one line a fact, and below each trouble what to do. */
export function createDoctorView(doctor: Doctor): vscode.Disposable {
  const changed = new vscode.EventEmitter<undefined>();
  const view = vscode.window.createTreeView<DoctorNode>(DOCTOR_VIEW, {
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getChildren: (node) => (node === undefined ? worstFirst(doctor.findings) : 'remedy' in node && 'check' in node ? [{ remedy: node.remedy }] : []),
      getTreeItem: (node) => ('check' in node ? findingItem(node) : remedyItem(node)),
    },
  });
  const show = (): void => {
    const failures = doctor.findings.filter(({ status }) => status === 'fail').length;
    view.message = doctor.findings.length === 0 ? '' : failures > 0 ? vscode.l10n.t('Commands cannot be sandboxed here yet.') : vscode.l10n.t('Commands can be sandboxed here.');
    view.badge = failures > 0 ? { value: failures, tooltip: vscode.l10n.t('{0} prerequisites are missing', failures) } : undefined;
    changed.fire(undefined);
  };
  const seen = view.onDidChangeVisibility(({ visible }) => visible && doctor.findings.length === 0 && void doctor.check());
  return vscode.Disposable.from(changed, view, seen, doctor.onDidChange(show));
}

export async function copyRemedy(node: DoctorNode): Promise<void> {
  if (node.remedy !== undefined) await vscode.env.clipboard.writeText(node.remedy);
}

function worstFirst(findings: readonly Finding[]): Finding[] {
  const order = ['fail', 'warn', 'ok'];
  return [...findings].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
}

function findingItem({ check, status, found, remedy }: Finding): vscode.TreeItem {
  const label = checkLabel(check);
  const item = new vscode.TreeItem(label, remedy === undefined ? vscode.TreeItemCollapsibleState.None : vscode.TreeItemCollapsibleState.Expanded);
  item.description = found;
  item.tooltip = `${check}: ${found}`;
  item.iconPath = ICONS[status];
  item.contextValue = remedy === undefined ? status : `${status} remedy`;
  const names = { ok: vscode.l10n.t('fine'), warn: vscode.l10n.t('warning'), fail: vscode.l10n.t('missing') };
  item.accessibilityInformation = { label: `${label}, ${names[status]}: ${found}` };
  return item;
}

function remedyItem({ remedy }: Remedy): vscode.TreeItem {
  const item = new vscode.TreeItem(remedy);
  item.tooltip = remedy;
  item.iconPath = new vscode.ThemeIcon('lightbulb');
  item.contextValue = 'remedy';
  return item;
}
