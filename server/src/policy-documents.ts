import { validatePolicy, type ValidatedPolicy } from 'sandbox-core/policy';
import type { TextDocument } from 'vscode-languageserver-textdocument';

/** The checked state of open policies, made once for each version of a document. */
export interface PolicyDocuments {
  get(document: TextDocument): ValidatedPolicy;
  close(uri: string): void;
}

export function createPolicyDocuments(): PolicyDocuments {
  const checked = new Map<string, { readonly version: number; readonly result: ValidatedPolicy }>();
  return {
    get(document) {
      const known = checked.get(document.uri);
      if (known?.version === document.version) return known.result;
      const result = validatePolicy(document.getText());
      checked.set(document.uri, { version: document.version, result });
      return result;
    },
    close: (uri) => void checked.delete(uri),
  };
}
