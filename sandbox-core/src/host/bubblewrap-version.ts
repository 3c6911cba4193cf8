import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { bubblewrapTooOld } from '../errors';
import type { AbsolutePath } from '../policy';

/** The first with --disable-userns. */
export const OLDEST_BUBBLEWRAP = '0.8.0';

/** Throws a SandboxError if bubblewrap is too old. One that does not tell its version fails later, and says why. */
export async function requireRecentBubblewrap(path: AbsolutePath): Promise<void> {
  const version = writtenVersion(path) ?? (await saidVersion(path));
  if (version !== undefined && isOlder(version, OLDEST_BUBBLEWRAP)) throw bubblewrapTooOld(version, OLDEST_BUBBLEWRAP);
}

/** What the program would print, read from its own file: that takes a tenth of the time of running it. */
function writtenVersion(path: AbsolutePath): string | undefined {
  const program = readProgram(path);
  return program.startsWith('\x7fELF') ? /\0bubblewrap (\d+(?:\.\d+)*)\0/.exec(program)?.[1] : undefined;
}

function readProgram(path: AbsolutePath): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** Of a wrapper. */
async function saidVersion(path: AbsolutePath): Promise<string | undefined> {
  const said = await new Promise<string>((resolve) => execFile(path, ['--version'], { env: {} }, (_error, stdout) => resolve(stdout)));
  return /^bubblewrap (\d+(?:\.\d+)*)/.exec(said)?.[1];
}

/** Numbers up to the first part that is none: 6.18.44-generic, v20.20.2. */
export function isOlder(version: string, than: string): boolean {
  const parts = (text: string): number[] => (/\d+(\.\d+)*/.exec(text)?.[0] ?? '0').split('.').map(Number);
  const [have, need] = [parts(version), parts(than)];
  const at = need.findIndex((part, index) => (have[index] ?? 0) !== part);
  return at !== -1 && (have[at] ?? 0) < (need[at] ?? 0);
}
