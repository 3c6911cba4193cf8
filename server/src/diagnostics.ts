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
  readonly compute: (uri: string) => Promise<{ readonly diagnostics: Diagnostic[]; readonly version?: number }>;
}

export function createDiagnosticsPublisher({ connection, runtime, compute }: DiagnosticsOptions): DiagnosticsPublisher {
  const pending = new Map<string, Scheduled>();
  let lastCheckMs = 0;
  const publish = async (uri: string, own: Scheduled): Promise<void> => {
    const start = runtime.now();
    const found = await compute(uri);
    lastCheckMs = runtime.now() - start;
    if (pending.get(uri) !== own) return; // a newer state is on its way
    pending.delete(uri);
    void connection.sendDiagnostics({ uri, ...found });
  };
  return {
    refresh(uri) {
      pending.get(uri)?.cancel();
      const own: Scheduled = runtime.schedule(() => void publish(uri, own).catch((error: unknown) => connection.console.error(`diagnostics failed: ${String(error)}`)), Math.min(lastCheckMs, MAX_DEBOUNCE_MS));
      pending.set(uri, own);
    },
  };
}
