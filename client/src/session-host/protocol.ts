import type { AgentAnswer, HostAnswer, HostQuestion, Learned, ToolName } from 'sandbox-core';
import type { PolicyEdit, Violation } from 'sandbox-core/policy';
import { NotificationType, RequestType } from 'vscode-jsonrpc/node';

/** What the extension and its session host say to each other. */

/** Where a policy comes from. */
export interface PolicyPlaceParams {
  /** Absent: the built-in default policy (nothing may be written, no network). */
  readonly policyPath?: string;
  /** What the policy's relative paths are relative to. */
  readonly directory: string;
  /** `merged`: the user's policy with the workspace's on top; `policyPath` is then the user's. */
  readonly layers: 'single' | 'merged';
  /** What was allowed until the window closes: edits of the policy's text that are not in its file. */
  readonly grants: readonly PolicyEdit[];
}

export interface OpenSessionParams extends PolicyPlaceParams {
  /** Names the session from then on; the caller chooses it. */
  readonly id: string;
  /** Whether somebody is asked about hosts that no rule covers. */
  readonly asks: boolean;
  /** A file to record the session in. */
  readonly auditLog?: string;
  /** Directories that shells in the sandbox read, by the names that they have in `OpenSessionResult.shown`. */
  readonly shown: Readonly<Record<string, string>>;
}

export interface OpenSessionResult {
  /** For `srt-helper run --session`. */
  readonly socket: string;
  readonly helper: string;
  /** The user's home directory and the base of relative paths, by which the policy was resolved. */
  readonly home: string;
  /** Every file that the policy was put together from. */
  readonly files: readonly string[];
  /** Where the directories that were asked for are, in the sandbox; absent where they are what they are outside. */
  readonly shown?: string;
}

/** Fails with an error whose message can be shown as it is. */
export const openSessionRequest = new RequestType<OpenSessionParams, OpenSessionResult, void>('session/open');

/** Ends the session, and what runs in it. */
export const closeSessionRequest = new RequestType<{ readonly id: string }, void, void>('session/close');

/** Ends the session if nothing runs in it. Resolves with whether it did. */
export const retireSessionRequest = new RequestType<{ readonly id: string }, boolean, void>('session/retire');

/**
 * How a session took its policy as it is now.
 *
 * @property outcome `applied`: in force, for what runs too. `restart`: only a new session can take it. `unusable`: the file
 * holds no policy; the session keeps the one it has
 * @property running commands of the session
 */
export interface UpdateSessionResult {
  readonly outcome: 'applied' | 'restart' | 'unusable';
  readonly reason: string;
  readonly running: number;
}

export const updateSessionRequest = new RequestType<PolicyPlaceParams & { readonly id: string }, UpdateSessionResult, void>('session/update');

/** Everything the session refused so far; sent at most a few times a second. */
export const sessionViolationsNotification = new NotificationType<SessionViolations>('session/violations');

export interface SessionViolations {
  readonly id: string;
  readonly violations: readonly Violation[];
  readonly directory: string;
  readonly policyPath?: string;
  readonly home: string;
}

/** The session ended without being asked to. */
export const sessionEndedNotification = new NotificationType<{ readonly id: string; readonly reason: string }>('session/ended');

/** What a session has to say to a person, such as which repositories it leaves. */
export const sessionNoticeNotification = new NotificationType<{ readonly text: string }>('session/notice');

/** To the extension: a program wants to connect to a host that no rule covers. Cancelled when an answer no longer counts. */
export const askHostRequest = new RequestType<{ readonly id: string; readonly question: HostQuestion }, HostAnswer, void>('session/ask');

/** A tool of an agent, under the policy as it is now. Cancelling it ends its command. */
export const agentCallRequest = new RequestType<AgentCallParams, AgentAnswer, void>('agent/call');

export interface AgentCallParams extends Omit<PolicyPlaceParams, 'grants'> {
  readonly tool: ToolName;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Runs a command to learn which policy it needs. Cancelling ends the command; what was seen until then is proposed. */
export const recordPolicyRequest = new RequestType<RecordPolicyParams, Learned, void>('policy/record');

export interface RecordPolicyParams {
  /** For bash. */
  readonly command: string;
  readonly directory: string;
  /** The policy to extend, or to make. */
  readonly file: string;
}

/** What a command that is recorded prints, as it comes. */
export const recordOutputNotification = new NotificationType<{ readonly text: string }>('policy/recordOutput');

/** Writes what was proposed, unless the file was changed meanwhile. */
export const writeLearnedRequest = new RequestType<Learned, void, void>('policy/writeLearned');
