import type { Violation } from 'sandbox-core/policy';

/** What client and server say to each other beyond the Language Server Protocol. The client imports this file only. */

/** The language id of policy files. */
export const POLICY_LANGUAGE = 'srt-policy';

/** `Diagnostic.source` of problems of a policy, and of violations. */
export const POLICY_SOURCE = 'srt';
export const VIOLATION_SOURCE = 'srt sandbox';

/** `Diagnostic.code` of a violation; the operation follows: `violation-write`. */
export const VIOLATION_CODE_PREFIX = 'violation-';

/** Notification, client to server. Its name and parameters only: client and server are built on different LSP libraries. */
export const VIOLATIONS_METHOD = 'srt/violations';

/**
 * Everything that was refused under a policy so far. It replaces what was said of that policy before; an empty list clears
 * it.
 */
export interface ViolationsParams {
  /** The policy's document. It need not be open. */
  readonly uri: string;
  readonly violations: readonly Violation[];
  /** What the policy's paths were resolved by; with it, violations that an edit has settled disappear. */
  readonly context?: { readonly base: string; readonly home: string };
}
