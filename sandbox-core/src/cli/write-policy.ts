import { closeSync, openSync, unlinkSync, writeFileSync } from 'node:fs';

import { SandboxError } from '../errors';
import { replaceFile } from '../host/replace-file';
import { MAX_SHOWN_PATH, printable } from '../policy';

/** A policy that a command made. Throws a SandboxError if it cannot be written, or if there is one that it does not replace. */
export function writePolicy(path: string, text: string, replaces: boolean): void {
  const failure = replaces ? replaceFile(path, text) : writeNew(path, text);
  if (failure === undefined) return;
  throw new SandboxError('usage', failure === 'EEXIST' ? `${printable(path, MAX_SHOWN_PATH)} exists already. --force replaces it` : `cannot write ${printable(path, MAX_SHOWN_PATH)}: ${failure}`);
}

function writeNew(path: string, text: string): string | undefined {
  try {
    const file = openSync(path, 'wx');
    try {
      writeFileSync(file, text);
    } catch (error) {
      unlinkSync(path); // an empty policy would keep everything from running under it
      throw error;
    } finally {
      closeSync(file);
    }
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error); // of the system
  }
}
