import { policyValues, resolveForWindows, resolvePolicy, type AbsolutePath, type PolicySource, type PolicySyntax, type PolicyValue, type Problem, type ResolvedPolicy, type ValidatedPolicy, type Violation } from 'sandbox-core/policy';
import { findNodeAtOffset, type Node } from 'jsonc-parser';
import type { TextDocument } from 'vscode-languageserver-textdocument';

import { currentViolations, resolvedAlone } from './features/violations';
import type { PolicyPlace } from './policy-place';
import type { ViolationsParams } from './protocol';

/** What the features see of one version of an open policy. */
export interface PolicyView {
  readonly document: TextDocument;
  readonly syntax: PolicySyntax;
  readonly root: Node;
  readonly problems: readonly Problem[];
  readonly place: PolicyPlace;
  /** Every path and domain, in the order of the text. */
  values(): readonly PolicyValue[];
  /** Every domain, as it is spelled. */
  hosts(): ReadonlySet<string>;
  valueAt(offset: number): PolicyValue | undefined;
  /** Links are not followed: a hover must not wait for a disk. Undefined while the policy has errors. */
  resolved(): ResolvedPolicy | undefined;
  /** The files and presets that `resolved` was made from, where it was made from more than this one. */
  readonly sources?: readonly PolicySource[];
  /** Those that the policy would refuse again as it stands. */
  violations(): readonly Violation[];
  /** At once, so to be asked sparingly. */
  readonly exists: (path: AbsolutePath) => boolean;
}

export interface ViewParts {
  readonly document: TextDocument;
  readonly checked: ValidatedPolicy;
  readonly place: PolicyPlace;
  reported(): ViolationsParams | undefined;
  readonly exists: (path: AbsolutePath) => boolean;
}

/** Undefined: nothing could be read of the document (it is empty, too large, or too deep). */
export function createPolicyView({ document, checked, place, reported, exists }: ViewParts): PolicyView | undefined {
  const { syntax, policy, problems } = checked;
  const { root } = syntax;
  if (!root) return undefined;
  const values = once(() => policyValues(root));
  const byNode = once(() => new Map(values().map((value) => [value.node, value])));
  return {
    document,
    syntax,
    root,
    problems,
    place,
    values,
    hosts: once(() => new Set(values().flatMap(({ kind, text }) => (kind === 'domain' ? [text] : [])))),
    valueAt: (offset) => {
      const node = findNodeAtOffset(root, offset, true);
      return node && byNode().get(node);
    },
    resolved: once(() => policy && (place.platform === 'windows' ? resolveForWindows(policy, place) : resolvePolicy(policy, { base: place.base, home: place.home, canonicalPath: (path) => path, builtIn: [] }))),
    violations: () => currentViolations(resolvedAlone(checked, reported()), reported()),
    exists,
  };
}

function once<Result>(make: () => Result): () => Result {
  let made: { readonly result: Result } | undefined;
  return () => (made ??= { result: make() }).result;
}
