import * as vscode from 'vscode';

const PROPOSAL_SCHEME = 'srt-proposal';

/** A text to be shown beside another, named as in the diff's title; it lies nowhere. */
export function proposalUri(name: string, text: string): vscode.Uri {
  return vscode.Uri.from({ scheme: PROPOSAL_SCHEME, path: `/${name}.jsonc`, query: text });
}

export function registerProposalTexts(): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(PROPOSAL_SCHEME, { provideTextDocumentContent: ({ query }) => query });
}

export async function closeProposals(): Promise<void> {
  const isProposal = ({ input }: vscode.Tab): boolean => input instanceof vscode.TabInputTextDiff && input.modified.scheme === PROPOSAL_SCHEME;
  await vscode.window.tabGroups.close(vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.filter(isProposal)));
}
