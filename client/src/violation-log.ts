import { homedir } from 'node:os';

import { absolutePath, spellPath, type Violation } from 'sandbox-core/policy';
import * as vscode from 'vscode';

import type { PolicyChoice } from './policy-choice';
import type { Sandboxes } from './sandboxes';

/** A violation, and the policy that it happened under. */
export interface LoggedViolation {
  readonly violation: Violation;
  readonly policy: PolicyChoice;
}

/** What the sandboxes of this window refused, as the views show it. */
export interface ViolationLog {
  readonly violations: readonly LoggedViolation[];
  readonly onDidChange: vscode.Event<void>;
  dispose(): void;
}

export function createViolationLog(sandboxes: Sandboxes): ViolationLog {
  const bySession = new Map<string, readonly LoggedViolation[]>();
  const changed = new vscode.EventEmitter<void>();
  const subscription = sandboxes.onViolations(({ session, policy, violations }) => {
    bySession.set(session, violations.map((violation) => ({ violation, policy })));
    changed.fire();
  });
  return {
    get violations() {
      return [...bySession.values()].flat();
    },
    onDidChange: changed.event,
    dispose() {
      subscription.dispose();
      changed.dispose();
    },
  };
}

/** A path is short where it lies in the folder or in the home directory. */
export function shownTarget({ violation: { kind, target }, policy }: LoggedViolation): string {
  return kind === 'filesystem' && target.startsWith('/') ? spellPath(absolutePath(target), { base: absolutePath(policy.directory), home: absolutePath(homedir()) }) : target;
}
