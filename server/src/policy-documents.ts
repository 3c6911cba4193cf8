import { validatePolicy, type ValidatedPolicy } from 'sandbox-core/policy';
import type { TextDocument } from 'vscode-languageserver-textdocument';

import type { PolicyView } from './policy-view';

/** The checked state of open policies, made once for each version of a document. */
export interface PolicyDocuments {
  get(document: TextDocument): ValidatedPolicy;
  /** What the features see of this version. */
  view(document: TextDocument, make: (checked: ValidatedPolicy) => PolicyView | undefined): PolicyView | undefined;
  close(uri: string): void;
  /** The workspace changed, and with it what paths are relative to. */
  forgetViews(): void;
}

interface CheckedDocument {
  readonly version: number;
  readonly result: ValidatedPolicy;
  view?: { readonly made: PolicyView | undefined };
}

export function createPolicyDocuments(): PolicyDocuments {
  const checked = new Map<string, CheckedDocument>();
  const current = (document: TextDocument): CheckedDocument => {
    const known = checked.get(document.uri);
    if (known?.version === document.version) return known;
    const fresh = { version: document.version, result: validatePolicy(document.getText()) };
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
    forgetViews: () => checked.forEach((entry) => delete entry.view),
  };
}
