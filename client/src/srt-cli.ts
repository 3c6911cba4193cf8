import { execFile } from 'node:child_process';

import type * as vscode from 'vscode';

/** Some thousands of findings. */
const MAX_OUTPUT = 16 * 1024 * 1024;

/** What the extension's own `srt` printed. */
export interface CliResult {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the extension's own `srt` in a process of its own: the engine is not loaded into the extension host. */
export type RunSrt = (args: readonly string[], directory?: string) => Promise<CliResult>;

export function createSrtRunner(context: vscode.ExtensionContext): RunSrt {
  const cli = context.asAbsolutePath('dist/srt.js');
  return (args, directory) =>
    new Promise((resolve) => {
      const options = { env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' }, maxBuffer: MAX_OUTPUT, ...(directory !== undefined && { cwd: directory }) };
      execFile(process.execPath, [cli, ...args], options, (_error, stdout, stderr) => resolve({ stdout, stderr }));
    });
}
