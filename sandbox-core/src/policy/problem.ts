import type { PolicyPointer } from './pointer';

/** Offsets into the policy's text, in UTF-16 code units (as JavaScript strings and LSP's default encoding count). */
export interface TextRange {
  readonly offset: number;
  readonly length: number;
}

export type Severity = 'error' | 'warning' | 'information' | 'hint';

/**
 * What is wrong with a policy, as a value: nothing in this folder throws because of what a policy says.
 *
 * @property code stable, with a page in docs/problems (its README.md lists them); match on it, not on the message
 * @property pointer the entry that the problem is about; absent for problems of the JSON text itself
 */
export interface Problem {
  readonly code: ProblemCode;
  readonly severity: Severity;
  readonly message: string;
  readonly range: TextRange;
  readonly pointer?: PolicyPointer;
  readonly fixes?: readonly Fix[];
  /** Places in other files that it is about. */
  readonly related?: readonly RelatedPlace[];
}

/** @property text of the file: what the range counts in */
export interface RelatedPlace {
  readonly file: string;
  readonly text: string;
  readonly range: TextRange;
  readonly message: string;
}

/**
 * A change that would mend a problem.
 *
 * @property preferred safe to apply without a look: it never allows anything that was refused before
 */
export interface Fix {
  readonly title: string;
  readonly edit: PolicyEdit;
  readonly preferred: boolean;
}

/** A change to a policy's text, described by what it does; text edits are computed against the current text. */
export type PolicyEdit =
  | { readonly kind: 'replace-text'; readonly range: TextRange; readonly text: string }
  | { readonly kind: 'rename-key'; readonly pointer: PolicyPointer; readonly to: string }
  | { readonly kind: 'remove'; readonly pointer: PolicyPointer }
  | { readonly kind: 'set'; readonly pointer: PolicyPointer; readonly value: unknown }
  /** Adds to the end of a list, making the list if it is missing. */
  | { readonly kind: 'append'; readonly pointer: PolicyPointer; readonly value: unknown };

/** Every code there is, with the severity it has unless a user chooses another. */
export const problemSeverities = {
  'json-syntax': 'error',
  'json-comment': 'error',
  'json-trailing-comma': 'error',
  'json-byte-order-mark': 'error',
  'json-duplicate-key': 'error',
  'policy-empty': 'error',
  'policy-too-large': 'error',
  'policy-too-deep': 'error',
  'missing-key': 'error',
  'unknown-key': 'error',
  'wrong-type': 'error',
  'wrong-value': 'error',
  'invalid-path': 'error',
  'invalid-domain': 'error',
  'invalid-address': 'error',
  'inert-deny-glob': 'error',
  'inject-host-not-allowed': 'error',
  'inject-host-excluded': 'error',
  'mask-reaches-no-host': 'error',
  'mask-without-hosts': 'error',
  'mask-without-termination': 'error',
  'mask-directory': 'error',
  'claims-without-decode': 'error',
  'claims-empty': 'error',
  'aws-pair': 'error',
  'ca-pair': 'error',
  'port-range': 'error',
  'unknown-preset': 'error',
  'broken-extends': 'error',
  'inert-domain': 'warning',
  'network-unrestricted': 'warning',
  'denied-and-allowed': 'warning',
  'orphan-reason': 'warning',
  'allow-under-deny': 'warning',
  'lifted-protection': 'warning',
  'duplicate-rule': 'information',
  // hosts
  'public-suffix-wildcard': 'warning',
  'deny-all': 'warning',
  'metadata-address': 'warning',
  // rules that others make pointless
  'shadowed-rule': 'information',
  'lifted-deny': 'warning',
  'dead-allow-read': 'information',
  'dead-deny-write': 'hint',
  'leftover-list': 'warning',
  // paths
  'ignored-glob': 'warning',
  'misread-glob': 'warning',
  'literal-pattern': 'warning',
  'literal-name': 'information',
  'unexpanded-path': 'warning',
  'suspicious-path': 'warning',
  'missing-path': 'information',
  'missing-denied-path': 'hint',
  // what a policy opens or closes too far
  'broad-write': 'warning',
  'broker-runs-code': 'warning',
  'broker-without-hosts': 'information',
  'policy-writable': 'warning',
  'protected-path': 'warning',
  'hidden-directory': 'warning',
  'secrets-readable': 'information',
  'container-socket': 'warning',
  'weakens-sandbox': 'warning',
  // settings
  'conflicting-keys': 'error',
  'inert-key': 'information',
  'platform-key': 'information',
  'opaque-tunnels-refused': 'warning',
  'ignore-pattern': 'warning',
  'git-safe-directories': 'warning',
  // only where portability is asked for
  'extension-key': 'warning',
  'portable-difference': 'information',
} as const satisfies Record<string, Severity>;

export type ProblemCode = keyof typeof problemSeverities;
