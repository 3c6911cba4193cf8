import * as vscode from 'vscode';

import type { RunSrt } from '../srt-cli';

/** One fact about this machine, as `srt doctor --json` prints it. */
export interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly found: string;
  readonly remedy?: string;
}

/** Whether commands can be sandboxed here; looked at when somebody asks. */
export interface Doctor {
  readonly findings: readonly Finding[];
  readonly onDidChange: vscode.Event<void>;
  check(): Promise<readonly Finding[]>;
  dispose(): void;
}

export function createDoctor(srt: RunSrt): Doctor {
  const changed = new vscode.EventEmitter<void>();
  let findings: readonly Finding[] = [];
  return {
    get findings() {
      return findings;
    },
    onDidChange: changed.event,
    async check() {
      findings = parseFindings(await srt(['doctor', '--json']));
      await vscode.commands.executeCommand('setContext', 'srt.ready', findings.every(({ status }) => status !== 'fail'));
      changed.fire();
      return findings;
    },
    dispose: () => changed.dispose(),
  };
}

function parseFindings({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): readonly Finding[] {
  try {
    return JSON.parse(stdout) as readonly Finding[]; // the CLI's own output
  } catch {
    return [{ check: 'srt doctor', status: 'fail', found: stderr.trim() || vscode.l10n.t('no answer'), remedy: vscode.l10n.t('Install the extension again') }];
  }
}
