import type { CodeLens } from 'vscode-languageserver-types';

import { CLIENT_COMMANDS, type DiffResult } from '../protocol';

/** At the top of a policy that differs from how it was committed: what the difference comes to. */
export function diffLenses(uri: string, diff: DiffResult | null, clientCommands: readonly string[]): CodeLens[] {
  if (!diff || !clientCommands.includes(CLIENT_COMMANDS.showDiff)) return [];
  const { newlyAllowed, newlyDenied, undecided } = diff;
  if (newlyAllowed.length + newlyDenied.length + undecided.length === 0) return [];
  const unsure = undecided.length > 0 ? ', and more that is not decided' : '';
  const start = { line: 0, character: 0 };
  return [{ range: { start, end: start }, command: { title: `$(git-compare) newly allows ${newlyAllowed.length}, newly denies ${newlyDenied.length}${unsure}`, command: CLIENT_COMMANDS.showDiff, arguments: [{ uri }] } }];
}
