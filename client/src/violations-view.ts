import { posix } from 'node:path';

import { describePointer, describeViolation, printable, violationFixes, type Violation } from 'sandbox-core/policy';
import * as vscode from 'vscode';

import { COMMANDS } from './command-ids';
import { fixPlaceOf } from './fix-place';
import { describePolicy } from './policy-choice';
import { isAddition } from './violation-actions';
import { shownTarget, type LoggedViolation, type ViolationLog } from './violation-log';

export const VIOLATIONS_VIEW = 'srt.violations';

/** More is not shown: the newest are. */
const MAX_SHOWN = 1000;
const MAX_LABEL = 120;

const ICONS: Readonly<Record<Violation['kind'], string>> = { filesystem: 'file', network: 'globe', limit: 'dashboard', 'system-call': 'chip', command: 'terminal' };

export const GROUPINGS = ['rule', 'command', 'target'] as const;
export type Grouping = (typeof GROUPINGS)[number];

interface Group {
  readonly kind: 'group';
  readonly label: string;
  readonly description: string;
  readonly violations: readonly LoggedViolation[];
}

interface Leaf extends LoggedViolation {
  readonly kind: 'violation';
}

export type ViolationNode = Group | Leaf;

/** The tree "Violations": what was refused, by rule, by command, or by host and directory. */
export class ViolationsView implements vscode.TreeDataProvider<ViolationNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  private readonly view: vscode.TreeView<ViolationNode>;
  private readonly subscriptions: vscode.Disposable;
  private grouping: Grouping = 'rule';

  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly log: ViolationLog) {
    this.view = vscode.window.createTreeView(VIOLATIONS_VIEW, { treeDataProvider: this, showCollapseAll: true });
    this.subscriptions = vscode.Disposable.from(this.view, this.changed, log.onDidChange(() => this.refresh()));
    this.refresh();
  }

  dispose(): void {
    this.subscriptions.dispose();
  }

  groupBy(grouping: Grouping): void {
    this.grouping = grouping;
    this.refresh();
  }

  getChildren(node?: ViolationNode): ViolationNode[] {
    if (node?.kind === 'violation') return [];
    if (node) return node.violations.map((logged) => ({ kind: 'violation', ...logged }));
    return groupsOf(this.log.violations.slice(-MAX_SHOWN), this.grouping);
  }

  getTreeItem(node: ViolationNode): vscode.TreeItem {
    return node.kind === 'group' ? groupItem(node) : violationItem(node, this.grouping);
  }

  private refresh(): void {
    const count = this.log.violations.reduce((sum, { violation }) => sum + violation.count, 0);
    void vscode.commands.executeCommand('setContext', 'srt.hasViolations', count > 0);
    this.view.badge = count > 0 ? { value: count, tooltip: vscode.l10n.t('{0} operations were refused', count) } : undefined;
    this.changed.fire(undefined);
  }
}

function groupsOf(violations: readonly LoggedViolation[], grouping: Grouping): Group[] {
  const groups = new Map<string, { label: string; description: string; violations: LoggedViolation[] }>();
  for (const logged of violations) {
    const { label, description } = groupOf(logged, grouping);
    const key = `${label}\0${description}`;
    const group = groups.get(key) ?? { label, description, violations: [] };
    group.violations.push(logged);
    groups.set(key, group);
  }
  return [...groups.values()].map((group) => ({ kind: 'group', ...group }));
}

function groupOf({ violation, policy }: LoggedViolation, grouping: Grouping): { label: string; description: string } {
  if (grouping === 'command') return { label: printable(violation.task ?? violation.command?.join(' ') ?? vscode.l10n.t('unknown command'), MAX_LABEL), description: '' };
  if (grouping === 'target') return { label: printable(violation.kind === 'filesystem' ? posix.dirname(shownTarget({ violation, policy })) : violation.target.replace(/:\d+$/, ''), MAX_LABEL), description: '' };
  return { label: printable(violation.reason, MAX_LABEL), description: `${ruleName(violation)} · ${describePolicy(policy)}` };
}

function ruleName({ rule }: Violation): string {
  return rule.kind === 'built-in' ? vscode.l10n.t('built-in protection') : describePointer(rule.pointer);
}

function groupItem({ label, description, violations }: Group): vscode.TreeItem {
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Expanded);
  item.description = description;
  item.iconPath = new vscode.ThemeIcon('shield');
  item.accessibilityInformation = { label: vscode.l10n.t('{0}: {1} refused', label, violations.length) };
  return item;
}

/** What the menus in package.json ask for. */
function contextOf({ violation, policy }: LoggedViolation): string {
  const fixes = policy.path === undefined ? [] : violationFixes(violation, fixPlaceOf(policy));
  return ['violation', ...(fixes.length > 0 ? ['fixable'] : []), ...(fixes.some(isAddition) ? ['grantable'] : [])].join(' ');
}

function violationItem(node: Leaf, grouping: Grouping): vscode.TreeItem {
  const { violation, policy } = node;
  const target = grouping === 'target' && violation.kind === 'filesystem' ? posix.basename(violation.target) : shownTarget(node);
  const item = new vscode.TreeItem(printable(target, MAX_LABEL), vscode.TreeItemCollapsibleState.None);
  // In the order in which it is cut off where the view is narrow.
  const words = [violation.operation, violation.program && posix.basename(violation.program), grouping === 'command' ? undefined : violation.task];
  item.description = `${printable(words.filter(Boolean).join(' · '), MAX_LABEL)}${violation.count > 1 ? ` ×${violation.count}` : ''}`;
  // Plain text: what a sandboxed program chose must not become Markdown.
  item.tooltip = `${describeViolation(violation)}\n${describePolicy(policy)} · ${new Date(violation.time).toLocaleTimeString()}`;
  item.iconPath = new vscode.ThemeIcon(ICONS[violation.kind], new vscode.ThemeColor('list.warningForeground'));
  item.contextValue = contextOf(node);
  item.command = { command: COMMANDS.openRule, title: vscode.l10n.t('Open the Rule'), arguments: [node] };
  return item;
}
