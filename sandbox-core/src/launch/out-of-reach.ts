import { realpathSync } from 'node:fs';
import { basename } from 'node:path';

import { SandboxError } from '../errors';
import { linksOnTheWay } from '../host/path-facts';
import { absolutePath, decide, joinPath, parentPath, printable, type AbsolutePath, type ResolvedPolicy } from '../policy';

/**
 * Throws unless no command can decide where a file of ours lies: its directory is out of reach, and each one that holds a link
 * on the way to it. Also throws what the system says where the directory is not there.
 *
 * @param what for people: "an audit log"
 */
export function requireOutOfReach(what: string, path: AbsolutePath, policy: ResolvedPolicy): void {
  const directory = absolutePath(realpathSync(parentPath(path)));
  // What is put beside it counts too: whoever writes the directory could have put a link, or another file, at its name.
  for (const place of [directory, joinPath(directory, basename(path)), ...linksOnTheWay(parentPath(path))]) {
    const { outcome, reason } = decide(policy, { kind: 'write', path: place });
    if (outcome === 'allow') throw new SandboxError('usage', `expected ${what} where no command may write, but ${printable(place, 400)} may be written (${reason}). Put it elsewhere, or name its directory in filesystem.denyWrite`);
  }
}
