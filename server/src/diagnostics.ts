import type { Connection, Diagnostic } from 'vscode-languageserver';

import type { Runtime, Scheduled } from './runtime';

/** A check that takes long is not repeated at each keystroke of a burst; a short one is not waited for. */
const MAX_DEBOUNCE_MS = 200;

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
  let lastCheckMs = 0;
  const publish = (uri: string): void => {
    pending.delete(uri);
    const start = runtime.now();
    const found = compute(uri);
    lastCheckMs = runtime.now() - start;
    void connection.sendDiagnostics({ uri, ...found });
  };
  return {
    refresh(uri) {
      pending.get(uri)?.cancel();
      pending.set(uri, runtime.schedule(() => publish(uri), Math.min(lastCheckMs, MAX_DEBOUNCE_MS)));
    },
  };
}
