import type { ValidatedPolicy } from 'sandbox-core/policy';
import type { TextDocument } from 'vscode-languageserver-textdocument';

import type { PolicyView } from './policy-view';

/** The checked state of open policies, made once for each version of a document. */
export interface PolicyDocuments {
  get(document: TextDocument): ValidatedPolicy;
  /** Another number for each state. */
  revision(document: TextDocument): number;
  /** What the features see of this version. */
  view(document: TextDocument, make: (checked: ValidatedPolicy) => PolicyView | undefined): PolicyView | undefined;
  close(uri: string): void;
  /** What is checked against changed: the workspace, the disk, or the settings. */
  forget(): void;
}

/** Checks one document, a version after the other. */
export type DocumentCheck = (text: string) => ValidatedPolicy;

interface CheckedDocument {
  readonly version: number;
  readonly revision: number;
  readonly result: ValidatedPolicy;
  readonly check: DocumentCheck;
  /** When it began to believe what it knows of the disk. */
  readonly since: number;
  view?: { readonly made: PolicyView | undefined };
}

/** How long a document is checked with what is known of the disk, if nobody tells of changes there. */
const BELIEVED_MS = 10_000;

/** @param now milliseconds */
export function createPolicyDocuments(createCheck: (document: TextDocument) => DocumentCheck, now: () => number): PolicyDocuments {
  const checked = new Map<string, CheckedDocument>();
  let revision = 0;
  const current = (document: TextDocument): CheckedDocument => {
    const known = checked.get(document.uri);
    if (known?.version === document.version) return known;
    const { check, since } = known && now() - known.since < BELIEVED_MS ? known : { check: createCheck(document), since: now() };
    const fresh = { version: document.version, revision: ++revision, result: check(document.getText()), check, since };
    checked.set(document.uri, fresh);
    return fresh;
  };
  return {
    get: (document) => current(document).result,
    revision: (document) => current(document).revision,
    view(document, make) {
      const entry = current(document);
      return (entry.view ??= { made: make(entry.result) }).made;
    },
    close: (uri) => void checked.delete(uri),
    forget: () => checked.clear(),
  };
}
