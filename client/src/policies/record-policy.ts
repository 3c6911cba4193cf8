import { stripVTControlCharacters } from 'node:util';

import type { Learned } from 'sandbox-core';
import { printable } from 'sandbox-core/policy';
import * as vscode from 'vscode';

import { activeFolder, choosePolicy, describePolicy, POLICY_NAME, userPolicyPath } from '../policy-choice';
import type { Sandboxes } from '../sandboxes';
import { closeProposals, proposalUri } from './proposal-texts';

interface ProposalItem extends vscode.QuickPickItem {
  /** Entries are there to be read: choosing one decides nothing. */
  readonly decides?: 'write' | 'discard';
}

const MAX_SHOWN = 200;
const MAX_LOGGED = 1_000_000;

/** Runs a command in a sandbox that mostly watches, shows the policy it needs as a diff, and writes that when told to. */
export async function recordPolicy(sandboxes: Sandboxes, log: vscode.LogOutputChannel): Promise<void> {
  const folder = activeFolder();
  if (folder?.uri.scheme !== 'file') {
    void vscode.window.showErrorMessage(vscode.l10n.t('Open a folder first: a command is recorded in its project.'));
    return;
  }
  const command = await vscode.window.showInputBox({
    title: vscode.l10n.t('Record a Policy'),
    prompt: vscode.l10n.t('The command runs for real in this folder; what it changes in the home directory is thrown away'),
    placeHolder: 'npm ci',
    ignoreFocusOut: true,
  });
  if (command === undefined || command.trim() === '') return;
  const file = policyToExtend(folder);
  try {
    const learned = await recordWithProgress({ command, directory: folder.uri.fsPath, file }, sandboxes, log);
    if (await isConfirmed(learned, file)) {
      await sandboxes.writeLearned(learned);
      await vscode.window.showTextDocument(vscode.Uri.file(file));
    }
  } catch (error) {
    void vscode.window.showErrorMessage(vscode.l10n.t('No policy was recorded: {0}', error instanceof Error ? error.message : String(error)));
  }
}

/** The folder's policy. The user's own is not changed for one project. */
function policyToExtend(folder: vscode.WorkspaceFolder): string {
  const { path } = choosePolicy(folder);
  return path === undefined || path === userPolicyPath() ? vscode.Uri.joinPath(folder.uri, POLICY_NAME).fsPath : path;
}

function recordWithProgress(params: { readonly command: string; readonly directory: string; readonly file: string }, sandboxes: Sandboxes, log: vscode.LogOutputChannel): Thenable<Learned> {
  const title = vscode.l10n.t('Recording {0}; Cancel ends the command and shows what was seen', printable(params.command, MAX_SHOWN));
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, async (progress, token) => {
    let logged = 0;
    const output = sandboxes.onRecordOutput((text) => {
      const lines = stripVTControlCharacters(text).split(/\r?\n/).filter((line) => line.trim() !== '').map((line) => printable(line, MAX_SHOWN));
      progress.report({ message: lines.at(-1) ?? '' });
      logged += text.length;
      if (logged < MAX_LOGGED) lines.forEach((line) => log.info(line));
    });
    try {
      return await sandboxes.recordPolicy(params, token);
    } finally {
      output.dispose();
    }
  });
}

/** Shows the proposal as a diff, with what each entry is needed for and what was left out, and asks whether to write it. */
async function isConfirmed(learned: Learned, file: string): Promise<boolean> {
  const { before, after, diff } = learned;
  const name = describePolicy({ path: file, directory: vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file))?.uri.fsPath ?? '', layers: 'single' });
  if (diff !== '') {
    const [present, proposed] = [proposalUri(name, before ?? ''), proposalUri(vscode.l10n.t('{0} as proposed', name), after)];
    await vscode.commands.executeCommand('vscode.diff', present, proposed, vscode.l10n.t('{0}: present and proposed', name), { preview: true, preserveFocus: true });
  }
  const items = proposalItems(learned, name);
  const title = `${howItEnded(learned)}${diff === '' ? ` ${vscode.l10n.t('{0} allows everything that can be proposed.', name)}` : ''}`;
  let chosen: ProposalItem | undefined;
  do chosen = await vscode.window.showQuickPick(items, { title, placeHolder: vscode.l10n.t('Nothing is written unless you say so'), ignoreFocusOut: true, matchOnDescription: true });
  while (chosen && chosen.decides === undefined);
  await closeProposals();
  return chosen?.decides === 'write';
}

function howItEnded({ exit }: Learned): string {
  if (exit.signal !== undefined) return vscode.l10n.t('The command was ended by {0}; what it would have done next is not known.', exit.signal);
  return exit.code === 0 ? vscode.l10n.t('The command succeeded.') : vscode.l10n.t('The command ended with status {0}; what it would have done next is not known.', exit.code);
}

function proposalItems({ diff, entries, notProposed, directories }: Learned, name: string): ProposalItem[] {
  const made = directories.length > 0 && { description: vscode.l10n.t('and make {0}', directories.map(shown).join(', ')) };
  const needed = entries.map(({ value, because, count, refused }): ProposalItem => {
    const seen = `${because.map(shown).join(', ')}${count > because.length ? ` ${vscode.l10n.t('and {0} more', count - because.length)}` : ''}`;
    return { label: `$(add) ${shown(value)}`, description: seen, ...(refused && { detail: vscode.l10n.t('Refused while recording: record again to see what follows') }) };
  });
  const leftOut = notProposed.map(({ kind, target, reason }): ProposalItem => ({ label: `$(circle-slash) ${shown(target)}`, description: kind, detail: shown(reason) }));
  return [
    ...(diff === '' ? [] : [{ label: `$(check) ${vscode.l10n.t('Write {0}', name)}`, ...made, decides: 'write' } as const]),
    { label: `$(discard) ${vscode.l10n.t('Leave Everything as It Is')}`, decides: 'discard' },
    ...group(vscode.l10n.t('needed'), needed),
    ...group(vscode.l10n.t('left out'), leftOut),
  ];
}

/** Text of a command's doing is not to become an icon. */
function shown(text: string): string {
  return printable(text, MAX_SHOWN).replaceAll('$(', '$\u200b(');
}

function group(title: string, items: readonly ProposalItem[]): ProposalItem[] {
  return items.length === 0 ? [] : [{ label: title, kind: vscode.QuickPickItemKind.Separator }, ...items];
}
