import type { PolicyEdit, PolicyPlatform, PolicyRequest, Violation } from 'sandbox-core/policy';
import type { Location, Range } from 'vscode-languageserver-types';

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

/** `initializationOptions`. */
export interface ServerOptions {
  /** Those of CLIENT_COMMANDS that the client has; a code lens names no other. */
  readonly commands?: readonly string[];
  /** Code → severity or `off`, as in the setting `srt.severity`, for clients that have no settings to ask for. */
  readonly severity?: Readonly<Record<string, string>>;
  /** Globs of further policies, as in the setting `srt.files`. */
  readonly files?: readonly string[];
  /** The language id of policies, from a client that sends other programs' settings too: it formats and renames in those itself. */
  readonly policyLanguage?: string;
}

/** Commands of the client that code lenses name. The arguments are one object each. */
export const CLIENT_COMMANDS = {
  /** ViolationsLensArguments */
  showViolations: 'srt.showViolations',
  /** ViolationsLensArguments */
  explainViolations: 'srt.explainViolations',
  /** TryTargetArguments */
  tryTarget: 'srt.tryTarget',
  /** ShowDiffArguments */
  showDiff: 'srt.showDiff',
} as const;

/** The violations of one rule, which stands at `range`. */
export interface ViolationsLensArguments {
  readonly uri: string;
  readonly range: Range;
  readonly targets: readonly Pick<Violation, 'operation' | 'target'>[];
}

export interface TryTargetArguments {
  readonly uri: string;
  readonly block: 'filesystem' | 'network';
}

export interface ShowDiffArguments {
  readonly uri: string;
}

/** Request, client to server: which rules of a policy decide about a file or a host? Null: the policy has errors. */
export const COVERING_RULES_METHOD = 'srt/coveringRules';

export interface CoveringRulesParams {
  /** The policy. It need not be open. */
  readonly textDocument: { readonly uri: string };
  /** A path as a policy would spell it, … */
  readonly path?: string;
  /** … or `host` or `host:port`. */
  readonly host?: string;
}

export interface CoveringRulesResult {
  /** Of a path, reading and writing; of a host, connecting. */
  readonly rules: readonly CoveringRule[];
}

export interface CoveringRule {
  readonly operation: PolicyRequest['kind'];
  readonly outcome: 'allow' | 'deny';
  readonly reason: string;
  /** Where the rule stands, or the list that has none; absent for built-in rules. */
  readonly location?: Location;
  readonly overridden: readonly Location[];
}

/** Request, client to server: why is something allowed or denied, and what would change that? */
export const EXPLAIN_METHOD = 'srt/explain';

export interface ExplainParams {
  readonly textDocument: { readonly uri: string };
  readonly operation: 'read' | 'write' | 'connect' | 'command';
  /** A path, `host` or `host:port`, or a command line. */
  readonly target: string;
  readonly platform?: PolicyPlatform;
}

/** @property problems why there is no answer: the policy, or one it extends, cannot be used */
export interface ExplainResult {
  readonly problems: readonly string[];
  /** One; of a command line, one for each thing that it obviously asks for. */
  readonly answers: readonly ExplainedAnswer[];
}

export interface ExplainedAnswer {
  readonly operation: PolicyRequest['kind'];
  readonly target: string;
  readonly outcome: 'allow' | 'deny';
  readonly reason: string;
  /** `file:line:column`, a preset's entry, or a built-in rule's name. */
  readonly rule: string;
  readonly layer: string | null;
  readonly overridden: readonly string[];
  readonly platformNote?: string;
  /** `file`: the one to edit; null: the policy itself. */
  readonly changes: readonly { readonly title: string; readonly widens: boolean; readonly file: string | null; readonly edit: PolicyEdit }[];
}

/** Request, client to server: everything in force, as JSON with comments. */
export const EFFECTIVE_POLICY_METHOD = 'srt/effectivePolicy';

export interface EffectivePolicyParams {
  readonly textDocument: { readonly uri: string };
  readonly platform: PolicyPlatform;
}

export interface EffectivePolicyResult {
  readonly text: string;
}

/** Notification, client to server: how a policy was committed last. The server starts no git. Null: it was not. */
export const BASELINE_METHOD = 'srt/baseline';

export interface BaselineParams {
  readonly uri: string;
  readonly text: string | null;
}

/** Request, client to server: what the policy allows and denies that its baseline does not. Null: there is nothing to compare. */
export const DIFF_METHOD = 'srt/diff';

/** Each a line for people. */
export interface DiffResult {
  readonly newlyAllowed: readonly string[];
  readonly newlyDenied: readonly string[];
  readonly undecided: readonly string[];
}
