import type { Violation } from 'sandbox-core/policy';
import { NotificationType, RequestType } from 'vscode-jsonrpc/node';

/** What the extension and its session host say to each other. */

export interface OpenSessionParams {
  /** Names the session from then on; the caller chooses it. */
  readonly id: string;
  /** Absent: the built-in default policy (nothing may be written, no network). */
  readonly policyPath?: string;
  /** What the policy's relative paths are relative to. */
  readonly directory: string;
}

export interface OpenSessionResult {
  /** For `srt-helper run --session`. */
  readonly socket: string;
  readonly helper: string;
  /** The user's home directory and the base of relative paths, by which the policy was resolved. */
  readonly home: string;
}

/** Fails with an error whose message can be shown as it is. */
export const openSessionRequest = new RequestType<OpenSessionParams, OpenSessionResult, void>('session/open');

/** Ends the session, and what runs in it. */
export const closeSessionRequest = new RequestType<{ readonly id: string }, void, void>('session/close');

/** Ends the session if nothing runs in it. Resolves with whether it did. */
export const retireSessionRequest = new RequestType<{ readonly id: string }, boolean, void>('session/retire');

/** Everything the session refused so far; sent at most a few times a second. */
export const sessionViolationsNotification = new NotificationType<{ readonly id: string; readonly violations: readonly Violation[] }>('session/violations');

/** The session ended without being asked to. */
export const sessionEndedNotification = new NotificationType<{ readonly id: string; readonly reason: string }>('session/ended');
