import { homedir } from 'node:os';

import type { AbsolutePath } from 'sandbox-core/policy';
import * as vscode from 'vscode';

import { activeFolder } from '../policy-choice';
import { policyPlatform } from '../policy-platform';

export const PRESET_SCHEME = 'srt-preset';

/** Of the policy that builds on these presets. */
export function previewUri(names: readonly string[]): vscode.Uri {
  return vscode.Uri.from({ scheme: PRESET_SCHEME, path: `/${vscode.l10n.t('Preview')} (${names.join(', ') || vscode.l10n.t('no preset')}).jsonc`, query: JSON.stringify(names) });
}

export function registerPresetPreview(): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(PRESET_SCHEME, {
    async provideTextDocumentContent({ query }) {
      const { presetEffect } = await import('../on-demand.js');
      const names = JSON.parse(query) as readonly string[]; // written by previewUri
      const home = homedir() as AbsolutePath; // Node's is absolute
      const folder = activeFolder()?.uri;
      return presetEffect(names, { base: (folder?.scheme === 'file' ? folder.fsPath : home) as AbsolutePath, home }, policyPlatform());
    },
  });
}
