import * as vscode from 'vscode';

/** What a check of `srt doctor` is called; one without a name of its own (bubblewrap, a newer one) by its id. */
export function checkLabel(check: string): string {
  return new Map(Object.entries(labels())).get(check) ?? check;
}

function labels(): Readonly<Record<string, string>> {
  return {
    platform: vscode.l10n.t('Operating system'),
    node: 'Node.js',
    kernel: vscode.l10n.t('Linux kernel'),
    'bubblewrap-cves': vscode.l10n.t('Known weaknesses of bubblewrap'),
    namespaces: vscode.l10n.t('Namespaces'),
    proc: vscode.l10n.t('A /proc for each sandbox'),
    'seccomp-notify': vscode.l10n.t('System call supervision'),
    'ptrace-scope': vscode.l10n.t('Inspection of processes'),
    helper: vscode.l10n.t('Sandbox helper'),
    compiler: vscode.l10n.t('C compiler'),
    cgroup: vscode.l10n.t('Limits for whole commands'),
    fuse: vscode.l10n.t('FUSE file systems'),
    containers: vscode.l10n.t('Containers'),
  };
}
