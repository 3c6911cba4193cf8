import type { Connection, Diagnostic } from 'vscode-languageserver';

import type { Runtime, Scheduled } from './runtime';

/** Long enough that a burst of keystrokes is one check, too short to be waited for. */
const DEBOUNCE_MS = 40;

/** Publishes the diagnostics of documents, the latest state of each once. */
export interface DiagnosticsPublisher {
  /** The document changed, or what is known about it. */
  refresh(uri: string): void;
}

export interface DiagnosticsOptions {
  readonly connection: Connection;
  readonly runtime: Runtime;
  readonly compute: (uri: string) => { readonly diagnostics: Diagnostic[]; readonly version?: number };
}

export function createDiagnosticsPublisher({ connection, runtime, compute }: DiagnosticsOptions): DiagnosticsPublisher {
  const pending = new Map<string, Scheduled>();
  const publish = (uri: string): void => {
    pending.delete(uri);
    void connection.sendDiagnostics({ uri, ...compute(uri) });
  };
  return {
    refresh(uri) {
      pending.get(uri)?.cancel();
      pending.set(uri, runtime.schedule(() => publish(uri), DEBOUNCE_MS));
    },
  };
}
