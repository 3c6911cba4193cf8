import { posix } from 'node:path';

import * as vscode from 'vscode';

import type { LoggedViolation, ViolationLog } from './violation-log';

/** What programs print when the kernel or a name server said no (strerror(3), gai_strerror(3)). */
const REFUSAL = /permission denied|read-only file system|operation not permitted|could not resolve host|name or service not known|temporary failure in name resolution|EACCES|EROFS|EPERM|ENOTFOUND/i;
/** Longer lines are not looked at. */
const MAX_LINE = 2000;

class ViolationLink extends vscode.TerminalLink {
  constructor(
    start: number,
    length: number,
    readonly logged: LoggedViolation,
  ) {
    super(start, length, vscode.l10n.t('Show the rule that refused this'));
  }
}

/** In terminals: the words of a program about something that was refused lead to the rule that refused it. */
export function registerViolationLinks(log: ViolationLog): vscode.Disposable {
  const provider: vscode.TerminalLinkProvider<ViolationLink> = {
    provideTerminalLinks: ({ line }) => (line.length > MAX_LINE ? [] : linksIn(line, log.violations)),
    handleTerminalLink: async ({ logged }) => (await import('./on-demand.js')).openRule(logged),
  };
  return vscode.window.registerTerminalLinkProvider(provider);
}

function linksIn(line: string, violations: readonly LoggedViolation[]): ViolationLink[] {
  const refusal = REFUSAL.exec(line);
  if (!refusal) return [];
  const logged = [...violations].reverse().find(({ violation }) => namesOf(violation.target).some((name) => line.includes(name)));
  if (!logged) return [];
  return [new ViolationLink(refusal.index, refusal[0].length, logged)];
}

/** A program names a file as it was told to: the whole path, or the end of it. */
function namesOf(target: string): string[] {
  const name = target.startsWith('/') ? posix.basename(target) : target.replace(/:\d+$/, '');
  return name.length > 1 ? [name] : [];
}
