import { ancestorsAndSelf, expandPath, matchDepth, pathDepth, toPathPattern, type AbsolutePath, type SeverityMap } from 'sandbox-core/policy';
import { DidChangeConfigurationNotification } from 'vscode-languageserver';

import { severitiesOf } from './check-document';
import type { ServerOptions } from './protocol';
import type { ServerState } from './server-state';

/** What a user may choose; who has no settings to ask for may send the same in `initializationOptions`. */
export interface Settings {
  readonly severities: SeverityMap;
  /** Globs of further policies, relative to a workspace folder. */
  readonly files: readonly string[];
}

/** As the extension's manifest has them. */
const SECTIONS = [{ section: 'srt.severity' }, { section: 'srt.files' }];
/** More globs would make every look at the workspace slow. */
const MAX_GLOBS = 50;

/** What of it can be understood. */
export function settingsOf({ severity, files }: { readonly [Key in keyof ServerOptions]?: unknown }): Settings {
  return { severities: severitiesOf(severity), files: Array.isArray(files) ? files.filter((glob) => typeof glob === 'string' && glob !== '').slice(0, MAX_GLOBS) : [] };
}

/** Asks the client for the settings, and again whenever they change. */
export async function followSettings(state: ServerState, changed: () => void): Promise<void> {
  const { connection, client } = state;
  if (!client.hasSettings) return;
  const read = async (): Promise<void> => {
    const [severity, files] = (await connection.workspace.getConfiguration(SECTIONS)) as readonly unknown[]; // one for each section
    state.settings = settingsOf({ severity, files });
    changed();
  };
  const update = (): Promise<void> => read().catch((error: unknown) => connection.console.warn(`the settings could not be read: ${String(error)}`));
  connection.onDidChangeConfiguration(update);
  if (client.tellsSettings) await connection.client.register(DidChangeConfigurationNotification.type);
  await update();
}

/** Whether a file below a workspace folder is one of the further policies that the user named. */
export function fileFilter(globs: readonly string[], folder: AbsolutePath, home: AbsolutePath): (path: AbsolutePath) => boolean {
  const patterns = globs.map((glob) => toPathPattern(expandPath(glob, { base: folder, home }), false));
  return (path) => patterns.some((pattern) => matchDepth(pattern, ancestorsAndSelf(path)) === pathDepth(path));
}
