import { closeSync, constants, fstatSync, ftruncateSync, openSync } from 'node:fs';
import { resolve } from 'node:path';

import { SandboxError } from '../errors';
import { requireOutOfReach } from '../launch/out-of-reach';
import { absolutePath, printable, type ResolvedPolicy } from '../policy';

/** What the shell opened for this process already, as `>(…)` does. */
const OWN_DESCRIPTOR = /^\/dev\/(stdout|stderr|fd\/\d+)$/;

/**
 * Opens a file that is written while a command runs, or after: before it runs, and only where it could not have put a link.
 *
 * @param what for people: "a network log"
 */
export function openOutputFile(what: string, named: string, policy: ResolvedPolicy): number {
  const path = absolutePath(resolve(named));
  try {
    if (OWN_DESCRIPTOR.test(path)) return openSync(path, 'w');
    requireOutOfReach(what, path, policy);
    return openEmpty(path);
  } catch (error) {
    if (error instanceof SandboxError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new SandboxError('usage', `cannot write ${what} to ${printable(named, 400)}: ${code === 'ELOOP' ? 'it is a symbolic link' : (code ?? String(error))}`, { cause: error });
  }
}

function openEmpty(path: string): number {
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY, 0o600);
  if (fstatSync(file).isFile()) ftruncateSync(file);
  else {
    closeSync(file);
    throw Object.assign(new Error('not a regular file'), { code: 'not a regular file' });
  }
  return file;
}
