import type { Violation } from 'sandbox-core/policy';
import * as vscode from 'vscode';

import type { PolicyChoice } from './policy-choice';

export interface SandboxViolations {
  /** The session's id. */
  readonly session: string;
  readonly policy: PolicyChoice;
  readonly home: string;
  readonly violations: readonly Violation[];
}

/** What each session refused, less what the user cleared. */
export interface ViolationStore {
  receive(told: SandboxViolations): void;
  clear(): void;
  readonly onViolations: vscode.Event<SandboxViolations>;
  dispose(): void;
}

export function createViolationStore(): ViolationStore {
  const sessions = new Map<string, SandboxViolations>();
  const cleared = new Map<string, ReadonlySet<string>>();
  const emitter = new vscode.EventEmitter<SandboxViolations>();
  const announce = (told: SandboxViolations): void => {
    const gone = cleared.get(told.session);
    emitter.fire(gone ? { ...told, violations: told.violations.filter((violation) => !gone.has(occurrence(violation))) } : told);
  };
  return {
    onViolations: emitter.event,
    receive(told) {
      sessions.set(told.session, told);
      announce(told);
    },
    clear() {
      for (const told of sessions.values()) {
        cleared.set(told.session, new Set(told.violations.map(occurrence)));
        announce(told);
      }
    },
    dispose: () => emitter.dispose(),
  };
}

/** Happening again, with a higher count or a later time, is news. */
function occurrence({ kind, operation, target, rule, time, count }: Violation): string {
  return JSON.stringify([kind, operation, target, rule, time, count]);
}
