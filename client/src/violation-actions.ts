import { toPointer, violationFixes, type Fix, type PolicyEdit } from 'sandbox-core/policy';
import * as vscode from 'vscode';

import { fixPlaceOf } from './fix-place';
import { describePolicy, type PolicyChoice } from './policy-choice';
import type { Sandboxes } from './sandboxes';
import type { LoggedViolation } from './violation-log';

interface Offer extends vscode.QuickPickItem {
  readonly fix: Fix;
  readonly scope: 'policy' | 'session';
}

/** Offers what would let the same thing pass next time. The policy is edited, not saved: a wider policy is looked at first. */
export async function allowViolation(logged: LoggedViolation, sandboxes: Sandboxes): Promise<void> {
  const fixes = violationFixes(logged.violation, fixPlaceOf(logged.policy));
  const always = fixes.map((fix): Offer => ({ label: fix.title, fix, scope: 'policy' }));
  const session = fixes.filter(isAddition).map((fix): Offer => ({ label: vscode.l10n.t('{0}, until this window closes', fix.title.replace(/ in this policy$/, '')), fix, scope: 'session' }));
  const chosen = await vscode.window.showQuickPick([...session, ...always], { title: vscode.l10n.t('Change {0}', describePolicy(logged.policy)), placeHolder: vscode.l10n.t('The policy is edited, not saved: look at it before you save') });
  if (chosen?.scope === 'policy') await editPolicy(logged.policy, chosen.fix.edit);
  if (chosen?.scope === 'session') await grantForSession(logged, chosen.fix, sandboxes);
}

/** The first thing that can be granted, without a question: for buttons. */
export async function allowForSession(logged: LoggedViolation, sandboxes: Sandboxes): Promise<void> {
  const fix = violationFixes(logged.violation, fixPlaceOf(logged.policy)).find(isAddition);
  if (fix) await grantForSession(logged, fix, sandboxes);
}

/** srt: ignoreViolations. The operation stays refused; it is only not reported any more. */
export async function ignoreViolation(logged: LoggedViolation): Promise<void> {
  await editPolicy(logged.policy, { kind: 'append', pointer: toPointer(['ignoreViolations', '*']), value: logged.violation.target });
}

export async function copyViolation({ violation }: LoggedViolation): Promise<void> {
  await vscode.env.clipboard.writeText(JSON.stringify(violation, null, 2));
}

/** Entries of lists stay what they are while the file changes; positions of rules do not. */
export function isAddition({ edit }: Fix): boolean {
  return edit.kind === 'append';
}

async function editPolicy(policy: PolicyChoice, edit: PolicyEdit): Promise<void> {
  await (await import('./on-demand.js')).editPolicyFile(policy, edit, 'show');
}

async function grantForSession({ policy }: LoggedViolation, { edit }: Fix, sandboxes: Sandboxes): Promise<void> {
  const { outcome, reason, running } = await sandboxes.grant(policy, edit);
  if (outcome === 'applied') vscode.window.setStatusBarMessage(vscode.l10n.t('$(check) Allowed until this window closes'), 5_000);
  else if (outcome === 'unusable') void vscode.window.showErrorMessage(reason);
  else if (running > 0) vscode.window.setStatusBarMessage(vscode.l10n.t('$(history) Allowed in new terminals and tasks; what runs keeps its policy'), 10_000);
}
