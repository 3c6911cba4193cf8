import { existsSync } from 'node:fs';

import { composePolicyText } from './preset-text';
import { presets } from 'sandbox-core/policy';
import * as vscode from 'vscode';

import { activeFolder, POLICY_NAME, userPolicyPath } from '../policy-choice';
import { PRESET_SCHEME, previewUri } from './preset-preview';

interface PresetItem extends vscode.QuickPickItem {
  readonly preset: string;
}

/** What most people want goes first. */
const USUAL = ['workspace', 'agent', 'web-dev'];

/** Asks for presets, with a preview of what they put into force, and writes a policy that builds on them. */
export async function createPolicy(): Promise<void> {
  const target = policyTarget();
  if (existsSync(target.fsPath)) {
    await vscode.window.showTextDocument(target);
    vscode.window.setStatusBarMessage(vscode.l10n.t('There is a policy already: it was opened, not replaced'), 5_000);
    return;
  }
  // The list covers the upper half of the window: below it the preview can be read.
  await vscode.commands.executeCommand('workbench.action.newGroupBelow');
  const chosen = await choosePresets();
  await closePreviews();
  if (!chosen) return;
  await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(composePolicyText(chosen)));
  await vscode.window.showTextDocument(target);
}

/** Several may be taken: `workspace`, `node` and `github`. Undefined: nothing is wanted. */
function choosePresets(): Promise<readonly string[] | undefined> {
  const pick = vscode.window.createQuickPick<PresetItem>();
  pick.title = vscode.l10n.t('New policy: what may commands do?');
  pick.placeholder = vscode.l10n.t('Choose one or more; the preview shows what comes into force');
  pick.canSelectMany = true;
  pick.ignoreFocusOut = true;
  pick.matchOnDescription = true;
  pick.items = presetItems();
  pick.selectedItems = pick.items.filter(({ preset }) => preset === 'workspace');
  const names = (): string[] => pick.selectedItems.map(({ preset }) => preset);
  const preview = (active?: string): void => void showPreview([...new Set([...names(), ...(active === undefined ? [] : [active])])]);
  preview();
  pick.onDidChangeSelection(() => preview());
  pick.onDidChangeActive(([active]) => preview(active?.preset));
  return new Promise((resolve) => {
    pick.onDidAccept(() => {
      resolve(names());
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

function presetItems(): PresetItem[] {
  const order = (name: string): number => (USUAL.includes(name) ? USUAL.indexOf(name) : USUAL.length);
  return Object.entries(presets)
    .map(([preset, { description }]) => ({ label: preset, description, preset }))
    .sort((a, b) => order(a.preset) - order(b.preset));
}

async function showPreview(names: readonly string[]): Promise<void> {
  const document = await vscode.workspace.openTextDocument(previewUri(names));
  await vscode.window.showTextDocument(await vscode.languages.setTextDocumentLanguage(document, 'jsonc'), { preview: true, preserveFocus: true });
}

async function closePreviews(): Promise<void> {
  const { all } = vscode.window.tabGroups;
  const previews = all.map((group) => ({ group, tabs: group.tabs.filter(({ input }) => input instanceof vscode.TabInputText && input.uri.scheme === PRESET_SCHEME) })).filter(({ tabs }) => tabs.length > 0);
  for (const { group, tabs } of previews) await (tabs.length === group.tabs.length && all.length > 1 ? vscode.window.tabGroups.close(group) : vscode.window.tabGroups.close(tabs));
}

/** Of the folder; without one the user's own. */
function policyTarget(): vscode.Uri {
  const folder = activeFolder();
  return folder ? vscode.Uri.joinPath(folder.uri, POLICY_NAME) : vscode.Uri.file(userPolicyPath());
}
