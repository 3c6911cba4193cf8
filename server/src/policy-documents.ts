import type { ValidatedPolicy } from 'sandbox-core/policy';
import type { TextDocument } from 'vscode-languageserver-textdocument';

import type { PolicyView } from './policy-view';

/** The checked state of open policies, made once for each version of a document. */
export interface PolicyDocuments {
  get(document: TextDocument): ValidatedPolicy;
  /** What the features see of this version. */
  view(document: TextDocument, make: (checked: ValidatedPolicy) => PolicyView | undefined): PolicyView | undefined;
  close(uri: string): void;
  /** What is checked against changed: the workspace, the disk, or the settings. */
  forget(): void;
}

interface CheckedDocument {
  readonly version: number;
  readonly result: ValidatedPolicy;
  view?: { readonly made: PolicyView | undefined };
}

export function createPolicyDocuments(check: (document: TextDocument) => ValidatedPolicy): PolicyDocuments {
  const checked = new Map<string, CheckedDocument>();
  const current = (document: TextDocument): CheckedDocument => {
    const known = checked.get(document.uri);
    if (known?.version === document.version) return known;
    const fresh = { version: document.version, result: check(document) };
    checked.set(document.uri, fresh);
    return fresh;
  };
  return {
    get: (document) => current(document).result,
    view(document, make) {
      const entry = current(document);
      return (entry.view ??= { made: make(entry.result) }).made;
    },
    close: (uri) => void checked.delete(uri),
    forget: () => checked.clear(),
  };
}
